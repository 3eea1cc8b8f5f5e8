/** API keys in the editor's secret storage, each under the origin that it was entered for. */

/** The part of VS Code's SecretStorage that is used. */
export interface Secrets {
  get(name: string): Thenable<string | undefined>;
  store(name: string, value: string): Thenable<void>;
  delete(name: string): Thenable<void>;
}

/** Keys by origin (scheme, host and port). A key is never handed out for another origin. */
export class KeyStore {
  constructor(private readonly secrets: Secrets) {}

  /** The key stored for this origin, or undefined. A storage that fails counts as empty. */
  async get(origin: string | undefined): Promise<string | undefined> {
    if (origin === undefined) return undefined;
    try {
      return await this.secrets.get(nameFor(origin));
    } catch {
      // On Linux without a keyring reading may throw; the server then says that the key is missing.
      return undefined;
    }
  }

  async set(origin: string, key: string): Promise<void> {
    await this.secrets.store(nameFor(origin), key);
  }

  async remove(origin: string): Promise<void> {
    await this.secrets.delete(nameFor(origin));
  }
}

/** What is wrong with a key as typed, or undefined. */
export function keyProblem(key: string): string | undefined {
  if (key.trim() === "") return "The key is empty.";
  // Header values are printable ASCII; anything else is a copying accident.
  if (!/^[\x21-\x7e]+$/.test(key.trim())) return "The key has a space or a character that a key cannot have.";
  return undefined;
}

function nameFor(origin: string): string {
  return `caretwise.apiKey ${origin}`;
}
