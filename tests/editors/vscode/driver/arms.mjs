// Two models of different quality: what the report says afterwards is exactly what was done.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEndpoint } from "./endpoint.mjs";
import { cleanEnvironment, finished, makeProfile, startEditor } from "./profile.mjs";
import { until } from "./steps.mjs";
import { Workbench } from "./workbench.mjs";

const START = "def area(width, height):\n    return ";
const ANSWERS = { good: "width * height + 1", bad: "width * depth" };
const LEAST_DOCUMENTS = 8;
/** With so many documents, that one model serves all of them happens once in 30,000 runs. */
const MOST_DOCUMENTS = 16;

/** Starts a model server with one answer for everything. */
function startModel(tools, name) {
  const answers = join(tools.out, `${name}-answers.json`);
  const answer = `\`\`\`python\n    return ${ANSWERS[name]}\n\`\`\``;
  writeFileSync(answers, JSON.stringify([{ contains: [START], answer, style: "chat" }]));
  return startEndpoint(tools, "moonshot", join(tools.out, `${name}-requests.jsonl`), ["--answers", answers]);
}

/** A configuration that compares both; the file's path. */
function writeConfiguration(tools, addresses) {
  const tables = Object.entries(addresses).map(
    ([name, address]) =>
      `[models.${name}]\nmodel = "kimi-k2.6"\nendpoint = "moonshot"\nbase_url = "${address}"\nkey_env = "ARMS_KEY"\n`,
  );
  const file = join(tools.out, "arms.toml");
  writeFileSync(file, `${tables.join("")}[experiment.which]\narms = { good = 0.5, bad = 0.5 }\n`);
  return file;
}

/** A user's minute with one document: what is good is taken, what is bad is refused. Adds to `truth` what was done. */
async function edit(window, number, truth) {
  const name = `shape${number}.py`;
  await window.openFile(name);
  await window.type(START.replace(/\n +/, "\n"));
  await until(
    async () => Object.values(ANSWERS).includes(await window.ghost()),
    20_000,
    async () => `ghost text: ${JSON.stringify(await window.ghost())}`,
  );
  const ghost = await window.ghost();
  const model = Object.keys(ANSWERS).find((one) => ANSWERS[one] === ghost);
  truth[model] ??= { shown: 0, accepted: 0, accepted_characters: 0 };
  const row = truth[model];
  row.shown += 1;
  await window.page.waitForTimeout(150); // what is drawn is reported when the editor has drawn it
  if (model === "bad") {
    await window.press("Escape");
    await window.saveAs(name, START);
    return model;
  }
  const typed = number % 2 === 0 ? "" : ghost.slice(0, 3);
  for (let end = 1; end <= typed.length; end += 1) {
    await window.type(typed[end - 1]);
    await window.waitForGhost(ghost.slice(end));
  }
  await window.press("Tab");
  await window.saveAs(name, START + ghost);
  row.accepted += 1;
  row.accepted_characters += ghost.length - typed.length;
  return model;
}

/** Runs the session. */
export async function armsSession(steps, tools, browser) {
  await using good = await startModel(tools, "good");
  await using bad = await startModel(tools, "bad");
  const files = Object.fromEntries(
    [...Array(MOST_DOCUMENTS).keys()].map((number) => [`shape${number}.py`, ""]),
  );
  using profile = makeProfile({ files, machineSettings: { "caretwise.serverPath": tools.server } });
  const environment = cleanEnvironment(profile, {
    CARETWISE_STATE_DIR: join(tools.out, "arms-state"),
    CARETWISE_CACHE_DIR: join(tools.out, "arms-cache"),
    CARETWISE_CONFIG: writeConfiguration(tools, { good: good.baseUrl, bad: bad.baseUrl }),
    ARMS_KEY: "sk-moonshot-test",
  });
  await using editor = await startEditor(tools, profile, environment, {
    log: join(tools.out, "arms-editor.log"),
  });
  const window = await Workbench.open(
    browser,
    editor.match[1],
    profile.at("project"),
    join(tools.out, "arms"),
  );
  const truth = {};
  for (let number = 0; number < MOST_DOCUMENTS; number += 1) {
    if (number >= LEAST_DOCUMENTS && Object.keys(truth).length === 2) break;
    await steps.run(
      `document ${number + 1}`,
      () => edit(window, number, truth),
      () => window.shot("failed"),
    );
  }
  await window.close();
  await editor.stop(); // the counts are on disk when the server has ended
  await steps.run("the report counts exactly what was done, and ranks the models", async () => {
    const report = JSON.parse(await finished(tools.server, ["report", "--json"], environment));
    const counted = Object.fromEntries(
      report.models.map(({ model, shown, accepted, accepted_characters }) => [
        model,
        { shown, accepted, accepted_characters },
      ]),
    );
    assert.deepEqual(counted, truth);
    const rate = (name) => report.models.find(({ model }) => model === name).rate;
    assert.ok(rate("good") > rate("bad"));
    return JSON.stringify(counted);
  });
}
