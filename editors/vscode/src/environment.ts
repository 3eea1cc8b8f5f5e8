/**
 * The environment in which the server is started. This is how the user's settings and key reach it:
 * the environment counts as user-level configuration, and a key in it never shows in a process list.
 */

/** The settings that decide where code goes. All have machine scope: a folder cannot set them. */
export interface MachineSettings {
  serverPath: string;
  config: string;
  baseUrl: string;
  model: string;
  endpoint: string;
}

type Environment = Record<string, string | undefined>;

/** Scheme, host and port of an http(s) address, or undefined if it is not one. */
export function originOf(address: string): string | undefined {
  try {
    const url = new URL(address.trim());
    return url.protocol === "https:" || url.protocol === "http:" ? url.origin : undefined;
  } catch {
    return undefined;
  }
}

/** The address that the server will use as far as the editor knows: the setting, else the environment. */
export function effectiveBaseUrl(settings: MachineSettings, inherited: Environment): string {
  return settings.baseUrl.trim() || (inherited.CARETWISE_BASE_URL ?? "").trim();
}

/**
 * Builds the server's environment.
 *
 * @param settings the user's settings; an empty one leaves the inherited variable alone
 * @param inherited the editor's own environment
 * @param storedKey the key stored for the origin of `effectiveBaseUrl`, if there is one
 */
export function serverEnvironment(
  settings: MachineSettings,
  inherited: Environment,
  storedKey: string | undefined,
): Environment {
  const environment: Environment = { ...inherited };
  const named = {
    CARETWISE_CONFIG: settings.config,
    CARETWISE_BASE_URL: settings.baseUrl,
    CARETWISE_MODEL: settings.model,
    CARETWISE_ENDPOINT: settings.endpoint,
  };
  for (const [name, value] of Object.entries(named)) {
    if (value.trim() !== "") environment[name] = value.trim();
  }
  if (storedKey !== undefined) {
    environment.CARETWISE_API_KEY = storedKey;
  } else if (destination(inherited) !== undefined && destination(inherited) !== destination(environment)) {
    // The inherited key came with an inherited address; it does not follow a setting to another one.
    delete environment.CARETWISE_API_KEY;
  }
  return environment;
}

/** Where these variables send code: an origin, or an endpoint's name if its own address is used. */
function destination(environment: Environment): string | undefined {
  const address = (environment.CARETWISE_BASE_URL ?? "").trim();
  if (address !== "") return originOf(address) ?? address;
  return (environment.CARETWISE_ENDPOINT ?? "").trim() || undefined;
}
