/**
 * Which device computes: the one that the person asked for, a real GPU, or whichever of WebGPU and CPU takes the steps of the
 * network at hand faster. It opens devices by what it was given and knows no session.
 */
import type { Device, DeviceKind } from '../devices/device';
import { unwrap, type Outcome } from '../graph/problem';
import { timeTrainingStep, type TrainingPlan } from './device-trial';
import { delay } from './device-watch';

export type DeviceWish = 'auto' | DeviceKind;

/** Opens a device of each kind; a problem says why there is none. */
export type DeviceOpeners = Readonly<Record<DeviceKind, () => Promise<Outcome<Device>>>>;

export interface DeviceChoice {
  readonly kind: DeviceKind;
  /**
   * `asked`: by the person. `hardware`: a GPU is there. `alone`: there is no other. `untried`: WebGPU is software here, and the
   * CPU computes until both are compared. `faster`: than the other, see `milliseconds`. `kept`: a run goes on where it began.
   */
  readonly reason: 'asked' | 'hardware' | 'alone' | 'untried' | 'faster' | 'kept';
  /** Of a step on each device where both were compared; null for one that could not take it in time. */
  readonly milliseconds?: Readonly<Record<'cpu' | 'webgpu', number | null>>;
}

export interface DeviceSelector {
  readonly wish: DeviceWish;
  /** Of the device that was opened last; null before. */
  readonly choice: DeviceChoice | null;
  /** What is opened from now on. */
  setWish(wish: DeviceWish): void;
  /** A run that began on this kind goes on there, as long as the wish is `auto`. */
  keep(kind: DeviceKind): void;
  /** Opens a device as wished, or again one of the kind that was chosen. Rejects with a ProblemError where there is none. */
  open(): Promise<Device>;
  /**
   * Decides for a run of this plan that begins now: `open` opens what this names. Where WebGPU is software it takes some steps
   * on devices of its own; a plan that was compared once is not compared again. Rejects as `open` does.
   */
  settle(plan: TrainingPlan): Promise<DeviceChoice>;
}

/** Milliseconds in which a device must have shown how fast it is, compiling included: software adapters can take long to compile. */
const DEADLINE = 10_000;

/** What of a plan decides how long its steps take. */
const keyOf = ({ model: { document, settings } }: TrainingPlan): string => {
  const { batchSize, optimizer, loss, learningRule, precision, accumulation, averaging } = settings;
  return JSON.stringify([
    document.nodes,
    document.edges,
    batchSize,
    optimizer,
    loss,
    learningRule,
    precision,
    accumulation,
    averaging !== null,
  ]);
};

/** `openers` are asked each time anew; `now` gives milliseconds from any origin. */
export function createDeviceSelector(openers: DeviceOpeners, now: () => number = () => performance.now()): DeviceSelector {
  let wish: DeviceWish = 'auto';
  let choice: DeviceChoice | null = null;
  /** What `auto` takes for a run that begins: found when it is first opened. */
  let automatic: DeviceChoice | null = null;
  const compared = new Map<string, DeviceChoice>();

  /** A real GPU, else the CPU, else WebGPU in software. */
  async function findAutomatic(): Promise<{ readonly device: Device; readonly choice: DeviceChoice }> {
    const found = (device: Device, reason: DeviceChoice['reason']) => {
      automatic = { kind: device.description.kind, reason };
      return { device, choice: automatic };
    };
    const gpu = await openers.webgpu();
    if (gpu.ok && !gpu.value.description.software) return found(gpu.value, 'hardware');
    const cpu = await openers.cpu();
    if (!cpu.ok) return found(unwrap(gpu), 'alone');
    if (gpu.ok) gpu.value.dispose();
    return found(cpu.value, gpu.ok ? 'untried' : 'alone');
  }

  async function lookAround(): Promise<DeviceChoice> {
    const { device, choice: found } = await findAutomatic();
    device.dispose();
    return found;
  }

  /** Null where the plan cannot be trained on such a device, or this cannot be said in time. */
  async function time(kind: 'cpu' | 'webgpu', plan: TrainingPlan): Promise<number | null> {
    const opened = await openers[kind]();
    if (!opened.ok) return null;
    try {
      return await Promise.race([timeTrainingStep(opened.value, plan, now), delay(DEADLINE).then(() => null)]);
    } catch {
      // Why it cannot is said when it is the one that is left.
      return null;
    } finally {
      opened.value.dispose();
    }
  }

  async function compare(plan: TrainingPlan): Promise<DeviceChoice> {
    const milliseconds = { cpu: await time('cpu', plan), webgpu: await time('webgpu', plan) };
    const kind = (milliseconds.webgpu ?? Infinity) < (milliseconds.cpu ?? Infinity) ? 'webgpu' : 'cpu';
    return { kind, reason: 'faster', milliseconds };
  }

  const asked = (): DeviceChoice | null => (wish === 'auto' ? null : { kind: wish, reason: 'asked' });

  async function settleAutomatically(plan: TrainingPlan): Promise<DeviceChoice> {
    const found = automatic ?? (await lookAround());
    if (found.reason !== 'untried') return found;
    const key = keyOf(plan);
    const known = compared.get(key) ?? (await compare(plan));
    compared.set(key, known);
    return known;
  }

  return {
    get wish() {
      return wish;
    },
    get choice() {
      return choice;
    },
    setWish(next) {
      wish = next;
      choice = null;
    },
    keep(kind) {
      if (wish === 'auto' && choice?.kind !== kind) choice = { kind, reason: 'kept' };
    },
    async open() {
      const decided = choice ?? asked();
      const opened = decided === null ? await findAutomatic() : { device: unwrap(await openers[decided.kind]()), choice: decided };
      choice = opened.choice;
      return opened.device;
    },
    async settle(plan) {
      const decided = asked() ?? (await settleAutomatically(plan));
      choice = decided;
      return decided;
    },
  };
}
