/** How often a server that dies is started again, and how long to wait before it. */

/** Crashes are counted over this time, in ms. */
const WINDOW_MS = 3 * 60_000;
/** Wait before the first, second, ... restart inside the window, in ms. After the last: give up. */
const DELAYS_MS = [500, 1_000, 2_000, 4_000];

/** Remembers crashes and answers with the wait before the next start. */
export class CrashLimiter {
  private crashes: number[] = [];

  /**
   * Records a crash.
   *
   * @param now a clock in ms
   * @returns ms to wait before the restart, or undefined when there were too many
   */
  crashed(now: number): number | undefined {
    this.crashes = this.crashes.filter((time) => now - time < WINDOW_MS);
    this.crashes.push(now);
    return DELAYS_MS[this.crashes.length - 1];
  }

  /** True if there has been a crash that is still remembered. */
  get any(): boolean {
    return this.crashes.length > 0;
  }

  /** Forgets the past: the user asked for a new start. */
  reset(): void {
    this.crashes = [];
  }
}
