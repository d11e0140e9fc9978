// The workflows of GitHub, judged by actionlint: they cannot run here.
//   node tests/web/workflows.test.mjs      (./dev docs --test does this)
import { readdirSync, readFileSync } from 'node:fs';
import { fromModules } from './serve.mjs';

const FOLDER = '.github/workflows/';
const lint = await fromModules('actionlint').createLinter();
const files = readdirSync(FOLDER);
const faults = files.flatMap((file) => lint(readFileSync(FOLDER + file, 'utf8'), FOLDER + file));
for (const { file, line, message } of faults) console.error(`${file}:${line}: ${message}`);
console.log(`${files.length} workflows, ${faults.length} faults`);
process.exit(faults.length === 0 && files.length > 0 ? 0 : 1);
