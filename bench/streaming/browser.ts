/**
 * Trains in a headless Chromium as the application does: the web shell serves the shards, and the worker that the page
 * was built with reads them, by the calls of its own protocol.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { launch } from '../browser';
import { defaultTrainingSettings } from '../../compute/graph/training-settings';
import { networks } from './networks';
import { watchMemory } from './memory';
import type { OpenTrainee, Turn } from './turn';

/** Asks the worker from the page, whose types are not those of this file. */
const script = `
globalThis.trainee = (() => {
  let worker = null, lastId = 0, device = '';
  const waiting = new Map();
  let listen = () => undefined;
  const ask = (call, request) => new Promise((resolve, reject) => {
    waiting.set(++lastId, { resolve, reject });
    worker.postMessage({ id: lastId, call, request });
  });
  return {
    async open({ entry, token, dataset, wish, memoryBudget, document, settings }) {
      worker = new Worker(entry, { type: 'module' });
      worker.onmessage = ({ data }) => {
        if (data.type === 'event') return listen(data.event);
        const { resolve, reject } = waiting.get(data.id);
        waiting.delete(data.id);
        if (data.ok) resolve(data.value); else reject(new Error(JSON.stringify(data.problem)));
      };
      const { description } = await ask('open-device', { wish, threads: null, kernels: {} });
      const headers = { 'content-type': 'application/json', 'x-hebb-token': token };
      const answer = await (await fetch('/api/datasets.open', { method: 'POST', headers, body: JSON.stringify({ id: dataset }) })).json();
      if (!answer.ok) throw new Error(JSON.stringify(answer.error));
      const { name, sampleShape, sampleType, labelShape, classes, count, sampleShards, labelShards, splitUrl } = answer.value;
      await ask('load-dataset', { name, sampleShape, sampleType, labelShape, classes, count, sampleShards, labelShards, splitUrl, memoryBudget });
      await ask('configure', { document, settings, keepWeights: false });
      return description.name;
    },
    async turn(milliseconds) {
      let first = null, last = null, busy = 0;
      const begun = performance.now();
      const over = new Promise((resolve, reject) => {
        listen = (event) => {
          if (event.type === 'problem') reject(new Error(JSON.stringify(event.problem)));
          if (event.type !== 'progress') return;
          const now = performance.now();
          // What is compiled and queued first says nothing of the speed.
          if (now - begun < 1000) return;
          if (last !== null) busy += event.busyShare * (now - last.now);
          last = { now, step: event.position.step };
          first ??= last;
          if (now - first.now >= milliseconds) resolve(undefined);
        };
      });
      await ask('train', null);
      await over;
      listen = () => undefined;
      await ask('pause', null);
      const time = last.now - first.now;
      return { stepsPerSecond: (1000 * (last.step - first.step)) / time, busyShare: busy / time };
    },
  };
})()`;

export const trainInBrowser =
  (root: string, software: boolean): OpenTrainee =>
  async ({ home, network, dataset, device, memoryBudget, batch, seconds }) => {
    const server = spawn(process.execPath, [join(root, 'out/web/web.js')], {
      env: { ...process.env, HEBB_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let address = '';
    for await (const line of createInterface({ input: server.stdout })) {
      address = /http:\/\/127\.0\.0\.1:\S+/.exec(line)?.[0] ?? '';
      if (address !== '') break;
    }
    const browser = await launch(software);
    const page = await browser.newPage();
    await page.goto(address);
    const entry = readdirSync(join(root, 'out/renderer/assets')).find((name) => /^entry-.*\.js$/.test(name));
    if (entry === undefined) throw new Error('the page has no worker');
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const memory = watchMemory([server.pid ?? 0, processInfo.find(({ type }) => type === 'browser')?.id ?? 0]);
    await page.evaluate(script);
    const token = new URLSearchParams(new URL(address).hash.slice(1)).get('token');
    const settings = { ...defaultTrainingSettings, batchSize: batch, epochs: 1000 };
    const request = { entry: `/assets/${entry}`, token, dataset, wish: device, memoryBudget, document: networks[network], settings };
    const name: string = await page.evaluate(`trainee.open(${JSON.stringify(request)})`);
    return {
      device: name,
      turn: async (): Promise<Turn> => {
        const { stepsPerSecond, busyShare }: { stepsPerSecond: number; busyShare: number } = await page.evaluate(
          `trainee.turn(${String(1000 * seconds)})`,
        );
        return { samplesPerSecond: stepsPerSecond * batch, busyShare };
      },
      peakBytes: memory.peakBytes,
      close: async () => {
        memory.stop();
        await browser.close();
        server.kill();
      },
    };
  };
