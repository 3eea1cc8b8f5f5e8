// Takes the place of @vscode/spdlog, whose native part is not compiled here: the editor will not start
// without a logger. Writes lines to the file that it is given.
const fs = require("node:fs");
const path = require("node:path");

let level = 2;
const names = ["trace", "debug", "info", "warn", "error", "critical"];

class Logger {
  constructor(_type, _name, file) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.file = fs.openSync(file, "a");
  }
  write(severity, message) {
    if (severity < level || this.file === undefined) return;
    fs.writeSync(this.file, `${new Date().toISOString()} [${names[severity]}] ${message}\n`);
  }
  getLevel() {
    return level;
  }
  setLevel(wanted) {
    level = wanted;
  }
  setPattern() {}
  clearFormatters() {}
  flush() {}
  drop() {
    if (this.file !== undefined) fs.closeSync(this.file);
    this.file = undefined;
  }
}
names.forEach((name, severity) => {
  Logger.prototype[name] = function write(message) {
    this.write(severity, message);
  };
});

const create = async (name, file, size, count) => new Logger("rotating", name, file, size, count);
module.exports = {
  version: 1,
  Logger,
  createRotatingLogger: create,
  createAsyncRotatingLogger: create,
  setLevel: (wanted) => {
    level = wanted;
  },
  setFlushOn: () => {},
};
