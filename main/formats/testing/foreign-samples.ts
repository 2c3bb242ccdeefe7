/** Small files in all formats but images that other software wrote (write-samples.py), by format and name. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('write-samples.py', import.meta.url));

export function foreignSamples(): (format: string, name: string) => Buffer {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-B', '-W', 'ignore', script], {
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  if (status !== 0) throw new Error(stderr);
  const samples = JSON.parse(stdout) as Readonly<Record<string, readonly (readonly [name: string, file: string])[]>>;
  return (format, name) => {
    const found = samples[format]?.find(([given]) => given === name);
    if (found === undefined) throw new Error(`there is no sample ${name} of ${format}`);
    return Buffer.from(found[1], 'base64');
  };
}
