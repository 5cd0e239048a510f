'use strict';
// Plays the cases of one client against a stand-in: node run.js <module> <address>.
// Writes one line of JSON for each case: {"case": title, "reason": ""} when it passed.

const LONGEST_CASE_MS = 20000;
const [, , name, address] = process.argv;
const cases = require(`./${name}`);

async function admin(path, body) {
  const answer = await fetch(`${address}/_admin/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`admin ${path}: ${text}`);
  return JSON.parse(text);
}

function withDeadline(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), LONGEST_CASE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function reasonOf(error) {
  const answered = error.response && error.response.data;
  const body = answered ? ` ${JSON.stringify(answered)}` : '';
  const frame = String(error.stack).split('\n').find((line) => line.includes(`${name}.js`)) || '';
  return `${error.message || JSON.stringify(error)}${body} ${frame.trim()}`.slice(0, 600);
}

async function main() {
  for (const [title, act] of Object.entries(cases)) {
    let reason = '';
    try {
      await admin('reset', {});
      await withDeadline(act({ address, admin }));
    } catch (error) {
      reason = reasonOf(error);
    }
    process.stdout.write(`\n${JSON.stringify({ case: title, reason })}\n`);
  }
  process.exit(0);
}

main();
