/**
 * Tells the server which suggestions were seen.
 *
 * VS Code's stable interface does not say when ghost text is drawn. It is drawn in the frame after the
 * answer, unless the user has typed on, moved the cursor or left the editor. So a suggestion counts as
 * shown if, a few frames after the answer, the document and the cursor are still where they were.
 */

/** Time between the answer and the look, in ms: three frames at 60 Hz. */
export const VISIBLE_AFTER_MS = 50;
/** Ids remembered so that a suggestion which is typed through is reported once. */
const REMEMBERED = 200;

/** Command that every item of the server carries, with the arguments `[id, "full"]`. */
export const ACCEPT = "caretwise.accept";

/** The id in an item's accept command, or undefined if the item is not one of the server's. */
export function suggestionId(
  command: { command: string; arguments?: unknown[] } | undefined,
): string | undefined {
  const id = command?.command === ACCEPT ? command.arguments?.[0] : undefined;
  return typeof id === "string" ? id : undefined;
}

/** Decides when a returned suggestion has been shown, and reports each id once. */
export class ShownReporter {
  private readonly reported = new Set<string>();
  private waiting: { id: string; timer: NodeJS.Timeout } | undefined;

  /** @param send sends `caretwise/didShow` with this id */
  constructor(private readonly send: (id: string) => void) {}

  /**
   * An item went to the editor.
   *
   * @param stillThere looks whether document and cursor are as they were in the request
   */
  returned(id: string, stillThere: () => boolean): void {
    this.forgetWaiting();
    if (this.reported.has(id)) return;
    const timer = setTimeout(() => {
      this.waiting = undefined;
      if (stillThere()) this.report(id);
    }, VISIBLE_AFTER_MS);
    this.waiting = { id, timer };
  }

  /** The user accepted: what was accepted was seen, however quick the hand. */
  accepted(id: string): void {
    if (this.waiting?.id === id) this.forgetWaiting();
    this.report(id);
  }

  private report(id: string): void {
    if (this.reported.has(id)) return;
    this.reported.add(id);
    if (this.reported.size > REMEMBERED) {
      const [oldest] = this.reported;
      if (oldest !== undefined) this.reported.delete(oldest);
    }
    this.send(id);
  }

  private forgetWaiting(): void {
    clearTimeout(this.waiting?.timer);
    this.waiting = undefined;
  }
}
