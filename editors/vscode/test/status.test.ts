import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MANAGE_TRUST,
  MENU,
  readStatus,
  type ServerState,
  type ServerStatus,
  statusView,
} from "../src/status";

function running(changes: Partial<ServerStatus> = {}) {
  return statusView({
    kind: "running",
    status: { kind: "normal", message: "", model: "kimi-k2.6", ...changes },
  });
}

test("a running server shows its model", () => {
  assert.deepEqual(running({ message: "suggestions from kimi-k2.6" }), {
    text: "$(sparkle) kimi-k2.6",
    tooltip: "Caretwise: suggestions from kimi-k2.6",
    severity: "none",
    command: MENU,
  });
});

test("each kind has its own icon, and only trouble has a colour", () => {
  const kinds = ["normal", "busy", "warning", "error", "inactive"] as const;
  const views = kinds.map((kind) => running({ kind }));
  assert.equal(new Set(views.map((view) => view.text)).size, kinds.length);
  assert.deepEqual(
    views.map((view) => view.severity),
    ["none", "none", "warning", "error", "none"],
  );
});

test("the server's command is what a click runs", () => {
  assert.equal(running({ command: "caretwise.pause" }).command, "caretwise.pause");
  assert.equal(
    running({ command: "caretwise.doctor" }).command,
    "caretwise.editor.doctor",
    "it opens a page",
  );
});

test("without a message the tooltip names the model", () => {
  assert.equal(running().tooltip, "Caretwise: kimi-k2.6");
  assert.equal(running({ model: "" }).tooltip, "Caretwise");
});

test("before the first status the name stands for the model", () => {
  assert.match(statusView({ kind: "running", status: undefined }).text, /Caretwise$/);
  assert.match(running({ model: "" }).text, /Caretwise$/);
});

test("a model's name is plain text of bounded length", () => {
  const hostile = running({ model: `$(flame)\n${"x".repeat(500)}` }).text;
  assert.ok(!hostile.includes("$(flame)"));
  assert.ok(!hostile.includes("\n"));
  assert.ok([...hostile].length <= "$(sparkle) ".length + 32);
});

test("every other state says what is going on", () => {
  const states: ServerState[] = [
    { kind: "untrusted" },
    { kind: "missing", reason: "not there" },
    { kind: "starting" },
    { kind: "restarting", reason: "it stopped" },
    { kind: "failed", reason: "it crashed" },
    { kind: "stopped" },
  ];
  for (const state of states) {
    const view = statusView(state);
    assert.match(view.text, /^\$\([a-z~-]+\) Caretwise$/);
    assert.ok(view.tooltip.length > 5);
    if ("reason" in state) assert.equal(view.tooltip, state.reason);
  }
  assert.equal(statusView({ kind: "untrusted" }).command, MANAGE_TRUST);
  assert.match(statusView({ kind: "untrusted" }).tooltip, /not trusted/);
});

test("a notification is read only in the agreed form", () => {
  const body = { kind: "busy", message: "m", model: "k", command: "caretwise.pause", extra: 1 };
  assert.deepEqual(readStatus(body), { kind: "busy", message: "m", model: "k", command: "caretwise.pause" });
  assert.deepEqual(readStatus({ kind: "normal", command: null }), { kind: "normal", message: "", model: "" });
  for (const wrong of [null, undefined, 3, "normal", [], {}, { kind: "fine" }, { kind: 1 }]) {
    assert.equal(readStatus(wrong), undefined);
  }
});
