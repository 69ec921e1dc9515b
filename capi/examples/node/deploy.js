#!/usr/bin/env node
// Deploys from Node.js with a driven fleet: its own event loop waits, its own http module speaks.
//
//     deploy.js SPEC WORKFLOW [STEP]
//
// Ctrl-C stops it after the current call; what was begun can be resumed then. With STEP it thinks better of
// it at that step: everything is put back. ELASTIROLL_SIM_URL is an `elastiroll sim` to deploy to; without
// it real accounts are, with the credentials that Spot's and AWS's own tools would take. Exits as the
// command does.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

import { Fleet } from './elastiroll.js';

const ACTOR = 'deploy.js';
const WAIT_MAX_MS = 60_000;

/** One request, to its end. */
function send({ method, url, headers, body, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http;
    // By itself the module leaves the length of a DELETE's body out, and the server then reads none.
    const length = { 'Content-Length': Buffer.byteLength(body) };
    const outgoing = request(url, { method, headers: { ...headers, ...length } }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('aborted', () => reject(new Error('the connection was lost')));
      answer.on('end', () => resolve({
        status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks),
      }));
    });
    // The module's own timeout is one of silence; the library wants one of the whole.
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    outgoing.on('close', () => clearTimeout(timer));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const realTime = {
  nowMs: () => Date.now(),
  wait: (untilMs) => new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, Math.min(untilMs - Date.now(), WAIT_MAX_MS)));
  }),
};

/** The cloud's: it stands still while requests are under way, and passes at once by waiting. */
async function simulatedTime(url) {
  const advance = async (byMs) => {
    const { body } = await send({
      method: 'POST', url: `${url}/_sim/advance`, headers: {}, body: JSON.stringify({ by_ms: byMs }),
      timeoutMs: 10_000,
    });
    return JSON.parse(body).now_ms;
  };
  let now = await advance(0);
  return { nowMs: () => now, wait: async (untilMs) => { now = await advance(untilMs - now); } };
}

/** Does what the fleet asks for until all of it has ended; gives the last outcome. */
async function run(fleet, clock, isSimulated, show) {
  let underWay = 0;
  let wake = () => {};
  let failure = null;
  let ended = null;
  const carry = async (request) => {
    ++underWay;
    try {
      const answer = await send(request);
      fleet.onResponse(request.id, answer.status, answer.headers, answer.body);
    } catch (error) {
      // Only a refused connection is sure not to have reached anybody.
      fleet.onFailure(request.id, error.code === 'ECONNREFUSED', error.message);
    }
    --underWay;
    wake();
  };
  while (fleet.isRunning) {
    const action = fleet.next(clock.nowMs());
    if (action.kind === 'http') {
      carry(action).catch((error) => { failure = error; wake(); });
    } else if (action.kind === 'event') {
      show(action);
    } else if (action.kind === 'done') {
      ended = action;
    } else {
      const answered = new Promise((resolve) => { wake = resolve; });
      if (!isSimulated) await Promise.race([answered, clock.wait(action.atMs)]);
      else if (underWay > 0) await answered;
      else await clock.wait(action.atMs);
    }
    if (failure) throw failure;
  }
  return ended;
}

async function main([path, workflow, step, ...rest]) {
  if (!workflow || rest.length > 0) throw new Error('usage: deploy.js SPEC WORKFLOW [STEP]');
  const simUrl = process.env.ELASTIROLL_SIM_URL;
  const clock = simUrl ? await simulatedTime(simUrl) : realTime;
  const fleet = new Fleet({
    nowMs: clock.nowMs(), state: process.env.ELASTIROLL_STATE ?? 'elastiroll.db', simUrl,
  });
  const deployment = fleet.deploy(readFileSync(path), workflow, { actor: ACTOR, reason: 'an example' });
  process.on('SIGINT', () => fleet.interrupt(deployment));

  let beganMs = null;
  const outcome = await run(fleet, clock, Boolean(simUrl), (event) => {
    beganMs ??= event.atMs;
    if (event.event !== 'progress') {
      console.log(`${String(Math.floor((event.atMs - beganMs) / 1000)).padStart(5)} s  ${event.text}`);
    }
    if (event.event === 'step_started' && event.step === step) {
      fleet.abort(deployment, ACTOR, 'on second thoughts');
    }
  });
  fleet.close();
  console.log(`${deployment}: ${outcome.outcome}`);
  if (outcome.error) console.log(`  ${outcome.error}`);
  return outcome.exitStatus;
}

// Timers that are still waiting must not keep the process.
main(process.argv.slice(2)).then((status) => process.exit(status), (error) => {
  console.error(error.message);
  process.exit(2);
});
