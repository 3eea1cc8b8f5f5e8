/** The user's settings, read defensively: a settings file can hold any JSON. */
import { type ConfigurationScope, workspace } from "vscode";
import type { MachineSettings } from "./environment";

/** Settings that decide which program runs and where code goes. Their scope is `machine`. */
export const MACHINE_SETTINGS = ["serverPath", "config", "baseUrl", "model", "endpoint"] as const;

/** The machine-scoped settings as they are now; what is not text counts as empty. */
export function machineSettings(): MachineSettings {
  const configuration = workspace.getConfiguration("caretwise");
  const entries = MACHINE_SETTINGS.map((name) => {
    const value = configuration.get<unknown>(name);
    return [name, typeof value === "string" ? value : ""];
  });
  return Object.fromEntries(entries) as MachineSettings;
}

/** Language identifiers in which nothing is suggested; a workspace may set them. */
export function languagesOff(scope?: ConfigurationScope): string[] {
  const value = workspace.getConfiguration("caretwise", scope ?? null).get<unknown>("languagesOff");
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
