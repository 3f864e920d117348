// Reads a CTRF file with the format's own reference implementation, and prints what that makes of it.
const { readFileSync } = require('node:fs');
const { parse, validate } = require('ctrf');

const report = parse(readFileSync(process.argv[2], 'utf8'));
const { valid, errors } = validate(report);
const { summary, tests } = report.results;
process.stdout.write(JSON.stringify({ valid, errors: errors ?? [], summary, statuses: tests.map((test) => test.status) }));
