// One VS Code window in a headless browser: what a user does with it, and what a user sees of it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { until } from "./steps.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
const SIZE = { width: 1280, height: 720 };

/** Starts the browser; its `close` ends it. */
export function startBrowser({ editor, chromium: executablePath }) {
  const { chromium } = createRequire(join(editor, "package.json"))("playwright-core");
  return chromium.launch({ executablePath, headless: true, args: FLAGS, timeout: 60_000 });
}

/** A window on one project. */
export class Workbench {
  outside = new Set();
  #shots = 0;

  constructor(page, project, pictures) {
    this.page = page;
    this.project = project;
    this.pictures = pictures;
    page.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol) && hostname !== "127.0.0.1") this.outside.add(hostname);
    });
  }

  /** Opens the project and waits for the workbench. `pictures` begins the names of the screenshots. */
  static async open(browser, address, project, pictures) {
    const context = await browser.newContext({
      viewport: SIZE,
      colorScheme: "dark",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const workbench = new Workbench(page, project, pictures);
    await page.goto(`${address}/?folder=${encodeURIComponent(project)}`);
    await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
    return workbench;
  }

  /** Loads the window anew, as after a change of settings that needs it. */
  async reload() {
    await this.page.reload();
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
  }

  close() {
    return this.page.context().close();
  }

  /** Saves a screenshot; its file name. */
  async shot(name) {
    this.#shots += 1;
    const file = `${this.pictures}-${String(this.#shots).padStart(2, "0")}-${name}.png`;
    await this.page.screenshot({ path: file, animations: "disabled" });
    return file;
  }

  /** Opens a file from the explorer, as a lasting editor with the cursor at its start. */
  async openFile(name) {
    const row = this.page.locator(".explorer-folders-view .monaco-list-row", { hasText: name });
    await row.first().dblclick();
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await this.page.locator(".editor-instance .view-lines").first().waitFor();
    await this.page.locator(".editor-group-container.active .editor-instance").first().click();
    await this.page.keyboard.press("Control+Home");
  }

  /** Types as a person does, key by key. `\n` is the Enter key, `\b` Backspace. */
  async type(text) {
    for (const character of text) {
      if (character === "\n") await this.page.keyboard.press("Enter");
      else if (character === "\b") await this.page.keyboard.press("Backspace");
      else await this.page.keyboard.type(character);
      await this.page.waitForTimeout(40);
    }
  }

  press(keys) {
    return this.page.keyboard.press(keys);
  }

  /** The ghost text on screen, its parts joined; "" if there is none. */
  async ghost() {
    const parts = await this.page.locator(".ghost-text-decoration, .ghost-text").allTextContents();
    return parts.join("").replaceAll("\u00a0", " ");
  }

  /** Waits until the ghost text is exactly this. */
  waitForGhost(text, limit = 15_000) {
    return until(
      async () => (await this.ghost()) === text,
      limit,
      async () => `ghost text ${JSON.stringify(text)}; on screen: ${JSON.stringify(await this.ghost())}`,
    );
  }

  /** Saves with Ctrl+S and waits until the file on disk holds exactly this. */
  async saveAs(name, text) {
    await this.press("Control+s");
    const read = () => readFile(join(this.project, name), "utf8");
    await until(
      async () => (await read()) === text,
      10_000,
      async () => `${name} on disk: ${JSON.stringify(await read())}, wanted: ${JSON.stringify(text)}`,
    );
  }

  /** Runs a command by its title in the command palette. */
  async command(title) {
    await this.press("F1");
    const input = this.page.locator(".quick-input-widget input");
    await input.fill(`>${title}`);
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    await row.waitFor();
    await row.click();
  }

  #statusItem() {
    return this.page.locator("[id$='caretwise.status']").first();
  }

  /** Our status bar item: its text, its tooltip, and whether it turns. */
  async status() {
    const item = this.#statusItem();
    if ((await item.count()) === 0) return { text: "", label: "", busy: false };
    const [text, label, turning] = await Promise.all([
      item.innerText(),
      item.locator("a").first().getAttribute("aria-label"),
      item.locator(".codicon-modifier-spin").count(),
    ]);
    return { text: text.trim(), label: label ?? "", busy: turning > 0 };
  }

  /** Waits until a pattern fits the status bar item's text and tooltip. */
  waitForStatus(pattern, limit = 20_000) {
    return until(
      async () => {
        const { text, label } = await this.status();
        return pattern.test(`${text} | ${label}`);
      },
      limit,
      async () => `status ${pattern}; on screen: ${JSON.stringify(await this.status())}`,
    );
  }

  async clickStatus() {
    await this.#statusItem().click();
  }

  /** Waits until the active editor shows this text somewhere. */
  waitForText(text) {
    const lines = this.page.locator(".editor-group-container.active .view-lines").first();
    const read = async () => (await lines.innerText()).replaceAll("\u00a0", " ");
    return until(
      async () => (await read()).includes(text),
      10_000,
      async () => `"${text}" in: ${await read()}`,
    );
  }

  /** Texts of the notifications on screen. */
  notifications() {
    return this.page.locator(".notifications-toasts .notification-list-item-message").allInnerTexts();
  }
}
