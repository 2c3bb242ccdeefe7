/** The engines in a worker of a page, on the CPU: what computes on threads may not do so on the thread of a page. */
import { workerThreads } from '../compute/worker/threads';
import { computeOnCpu } from './page';

const parameters = new URL(import.meta.url).searchParams;
const threads = Number(parameters.get('threads'));
// An engine that cannot be told takes as many threads as there are cores.
Object.defineProperty(Reflect.get(globalThis, 'navigator'), 'hardwareConcurrency', { value: threads });
computeOnCpu({ host: workerThreads(), threads });
