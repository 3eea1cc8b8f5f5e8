// The report's page in the browser, opened as a file: loads nothing, says no error, light and dark, wide and on a telephone.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const EVENTS = fileURLToPath(new URL("./report-events.py", import.meta.url));
const VIEWS = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { name: "telephone", colorScheme: "light", viewport: { width: 375, height: 812 } },
  { name: "telephone-dark", colorScheme: "dark", viewport: { width: 375, height: 812 } },
];
/** What a page must show, in its text. */
const PAGES = {
  team: ["codestral", "kimi", "Fixes kept of 100 requests", "Ghost text, by model", "Fixes, by model"],
  many: ["organisation-0/a-model-0-instruct", "organisation-11/a-model-11-instruct"],
  hostile: ["<img src=http://example.test/x", "a-model-with"],
  nothing: [],
};

/** A page with each fault that is looked for: who finds none there finds none anywhere. */
const FAULTY = `<!doctype html><title>faulty</title><body style="background:#fff">
<img src="http://example.test/a.png"><div style="width:2000px">wide</div>
<script>console.error("a fault"); setTimeout(() => { throw new Error("thrown") })</script>`;

/** Writes the pages with the real command; their files by name. */
async function writePages({ python, server, out }) {
  const folder = join(out, "report");
  mkdirSync(folder);
  await run(python, [EVENTS, folder], { timeout: 60_000 });
  const pages = {};
  for (const name of Object.keys(PAGES)) {
    pages[name] = join(folder, `${name}.html`);
    await run(server, ["report", join(folder, `${name}.jsonl`), "--html", pages[name]], { timeout: 60_000 });
  }
  return pages;
}

/** Opens a file and says what is wrong with it there, and which background it has. */
async function look(browser, file, { colorScheme, viewport }, picture) {
  const context = await browser.newContext({ colorScheme, viewport, reducedMotion: "reduce" });
  try {
    const page = await context.newPage();
    const address = pathToFileURL(file).href;
    const faults = [];
    page.on("request", (request) => {
      if (request.url() !== address) faults.push(`asks for ${request.url()}`);
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    await page.goto(address, { waitUntil: "load", timeout: 20_000 });
    const seen = await page.evaluate(() => {
      const root = document.documentElement;
      const cut = [root, document.body].some((one) =>
        ["hidden", "clip"].includes(getComputedStyle(one).overflowX),
      );
      return {
        text: document.body.innerText,
        width: root.scrollWidth,
        cut,
        background: getComputedStyle(document.body).backgroundColor,
        colour: getComputedStyle(document.body).color,
      };
    });
    if (seen.width > viewport.width) faults.push(`is ${seen.width} px wide in a window of ${viewport.width}`);
    if (seen.cut) faults.push("cuts off what is too wide");
    if (seen.background === seen.colour) faults.push(`${seen.colour} on ${seen.background}`);
    await page.screenshot({ path: picture, fullPage: true });
    return { faults, ...seen };
  } finally {
    await context.close();
  }
}

export async function reportSession(steps, tools, browser) {
  const picture = (name) => join(tools.out, `report-${name}.png`);
  let pages = {};
  await steps.run("pages are written", async () => {
    pages = await writePages(tools);
  });
  await steps.run("the look finds a request, an error, an exception and what is too wide", async () => {
    const file = join(tools.out, "report", "faulty.html");
    writeFileSync(file, FAULTY);
    const { faults } = await look(browser, file, VIEWS[2], picture("faulty"));
    for (const wanted of [
      "asks for http://example.test/a.png",
      "console: a fault",
      "error: thrown",
      "px wide",
    ]) {
      if (!faults.some((fault) => fault.includes(wanted))) throw new Error(`not found: ${wanted}; ${faults}`);
    }
  });
  for (const [name, file] of Object.entries(pages)) {
    const backgrounds = {};
    for (const view of VIEWS) {
      await steps.run(`${name}: ${view.name}, ${view.viewport.width} px`, async () => {
        const { faults, text, background } = await look(browser, file, view, picture(`${name}-${view.name}`));
        if (faults.length > 0) throw new Error(faults.join("\n"));
        for (const wanted of PAGES[name])
          if (!text.includes(wanted)) throw new Error(`does not show ${wanted}`);
        backgrounds[view.name] = background;
      });
    }
    await steps.run(`${name}: dark is another page than light`, async () => {
      if (backgrounds.light === backgrounds.dark) throw new Error(`both ${backgrounds.light}`);
      return `${backgrounds.light} and ${backgrounds.dark}`;
    });
  }
}
