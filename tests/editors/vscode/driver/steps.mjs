// Numbered steps with a result each, and the total at the end.

/** Counts steps and prints a line for each. A step that fails ends its session. */
export class Steps {
  passed = 0;
  failed = 0;

  /** Runs one step. `onFailure` may add evidence, such as a screenshot. */
  async run(name, action, onFailure = async () => {}) {
    const started = performance.now();
    try {
      const note = await action();
      this.passed += 1;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`ok      ${name} (${seconds} s)${note === undefined ? "" : `: ${note}`}`);
    } catch (error) {
      this.failed += 1;
      console.log(
        `NOT OK  ${name}\n        ${String(error?.message ?? error).replaceAll("\n", "\n        ")}`,
      );
      await onFailure(error).catch(() => {});
      throw new SessionEnded(name);
    }
  }

  /** Runs a session. What follows a failed step in it is not run. */
  async session(title, action) {
    console.log(`\n== ${title}`);
    try {
      await action();
    } catch (error) {
      if (error instanceof SessionEnded) return;
      this.failed += 1;
      console.log(`NOT OK  ${title}\n        ${error?.stack ?? error}`);
    }
  }

  /** Prints the total; the exit status. */
  finish() {
    console.log(`\n${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}

class SessionEnded extends Error {}

/** Asks again and again until `look` returns something true; fails with what `describe` says then. */
export async function until(look, limit, describe) {
  const end = performance.now() + limit;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`not within ${limit} ms: ${await describe()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
