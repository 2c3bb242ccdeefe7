/**
 * One import at a time: what was found, how it would be read, its progress, and its report in the end. Files come from a drop,
 * a picker or the clipboard; where the shell can say where they lie they are read from there, else their bytes are sent.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ContractError, ContractResponse } from '../../../../main/contract/contract';
import { call, giveFiles } from '../../../platform/client';
import { useWorkspaceStore } from '../../workspace.store';
import { useDataStore } from '../data.store';
import { follow } from '../follow';
import type { BundledFile } from './bundle';
import type { Found } from './found-files';
import {
  nameFor,
  secondsLeft,
  showsInPreview,
  whatIsWrong,
  type ImportKind,
  type ImportOptions,
  type ImportReport,
  type ImportSource,
  type Inspection,
} from './import-model';
import { sendFiles } from './send-files';

type Summary = ContractResponse<'imports.run'>['dataset'];

/** `choosing`: nothing is there yet. `finding`, `sending`, `looking`: on the way. `ready`: a person may correct and start. */
export type ImportStage = 'choosing' | 'finding' | 'sending' | 'looking' | 'ready' | 'running' | 'done';

/** Milliseconds without a change of options before the source is looked at again. */
const lookDelay = 350;
const panelId = 'import';

const newJob = (): string => `import:${crypto.randomUUID()}`;

export const useImportStore = defineStore('import', () => {
  const data = useDataStore();
  const workspace = useWorkspaceStore();

  const isOpen = ref(false);
  const stage = ref<ImportStage>('choosing');
  const error = shallowRef<ContractError | null>(null);
  /** 0 … 1 of what is on the way. */
  const fraction = ref(0);
  const message = ref('');
  const left = ref<number | null>(null);
  const inspection = shallowRef<Inspection | null>(null);
  const options = shallowRef<ImportOptions | null>(null);
  const name = ref('');
  const report = shallowRef<ImportReport | null>(null);
  const dataset = shallowRef<Summary | null>(null);

  let source: ImportSource | null = null;
  let looked: ImportOptions | null = null;
  let job = '';
  let abort = new AbortController();
  let ticket = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let before: { readonly tab: string; readonly maximised: typeof workspace.maximised } | null = null;

  const wrong = computed(() => (options.value === null ? null : whatIsWrong(options.value, name.value)));
  const canStart = computed(() => stage.value === 'ready' && wrong.value === null);

  /** Shows the panel over the whole bench; what was there comes back with `close`. */
  function show(): void {
    if (!isOpen.value) before = { tab: workspace.docks.bottom.tab, maximised: workspace.maximised };
    isOpen.value = true;
    workspace.showPanel('bottom', panelId);
    workspace.maximised = 'bottom';
  }
  function forget(): void {
    abort.abort();
    abort = new AbortController();
    ticket += 1;
    clearTimeout(timer);
    if (stage.value === 'running' || stage.value === 'looking') void call('jobs.cancel', { job });
    stage.value = 'choosing';
    error.value = null;
    inspection.value = null;
    options.value = null;
    report.value = null;
    dataset.value = null;
    source = null;
    looked = null;
    name.value = '';
  }
  function open(): void {
    if (stage.value === 'done') forget();
    show();
  }
  function close(): void {
    forget();
    isOpen.value = false;
    if (workspace.docks.bottom.tab === panelId) workspace.docks.bottom.tab = before?.tab ?? 'training';
    workspace.maximised = before?.maximised ?? null;
    before = null;
  }
  function fail(reason: ContractError): void {
    error.value = reason;
    stage.value = inspection.value === null ? 'choosing' : 'ready';
  }

  /** Looks at the source; with options, again as they say. */
  async function look(wanted: { readonly options?: ImportOptions; readonly kind?: ImportKind }): Promise<void> {
    if (source === null) return;
    const mine = ++ticket;
    if (stage.value === 'looking') void call('jobs.cancel', { job });
    stage.value = 'looking';
    job = newJob();
    const found = await call('imports.inspect', { source, job, ...wanted });
    if (mine !== ticket) return;
    if (!found.ok) {
      fail(found.error);
      return;
    }
    error.value = null;
    inspection.value = found.value;
    options.value = found.value.options;
    looked = found.value.options;
    if (name.value === '') name.value = nameFor(found.value.name);
    stage.value = 'ready';
  }

  /**
   * Begins with what came from a drop, a picker or the clipboard. `given` are the files and folders as the browser has them;
   * `find` looks for the single files, if their bytes have to be sent.
   */
  async function begin(given: readonly File[], find: () => Promise<Found> | Found): Promise<void> {
    forget();
    show();
    const mine = ticket;
    stage.value = 'finding';
    const placed = await giveFiles(given);
    if (mine !== ticket) return;
    if (!placed.ok) {
      fail(placed.error);
      return;
    }
    if (placed.value !== null) {
      source = { from: 'files', files: placed.value };
      await look({});
      return;
    }
    const found = await find();
    if (mine !== ticket) return;
    if (!found.ok) {
      fail(found);
      return;
    }
    if (found.files.length === 0) {
      fail({ code: 'data.no-files', values: {} });
      return;
    }
    await send(found.files, mine);
  }
  async function send(files: readonly BundledFile[], mine: number): Promise<void> {
    stage.value = 'sending';
    fraction.value = 0;
    left.value = null;
    const [first] = files;
    const [called = 'data'] = first?.path.split('/') ?? [];
    const began = performance.now();
    const progress = (now: number): void => {
      fraction.value = now;
      left.value = secondsLeft(now, (performance.now() - began) / 1000);
    };
    const sent = await sendFiles(called, files, { progress, signal: abort.signal });
    if (mine !== ticket) return;
    if (!sent.ok) {
      fail(sent.error);
      return;
    }
    source = { from: 'bundle', uploads: sent.value, name: called };
    await look({});
  }
  /** Begins with files or folders of this machine, by their tokens. */
  async function beginAt(places: readonly string[]): Promise<void> {
    forget();
    show();
    source = { from: 'places', places: [...places] };
    await look({});
  }

  function choose(next: ImportOptions): void {
    options.value = next;
    clearTimeout(timer);
    if (looked !== null && showsInPreview(looked, next))
      timer = setTimeout(() => {
        void look({ options: next });
      }, lookDelay);
  }
  /** Another kind, where the files could be read as several: its options are proposed anew. */
  function chooseKind(kind: ImportKind): void {
    void look({ kind });
  }

  async function start(): Promise<void> {
    if (source === null || options.value === null || !canStart.value) return;
    clearTimeout(timer);
    const mine = ++ticket;
    error.value = null;
    stage.value = 'running';
    fraction.value = 0;
    message.value = 'starting';
    left.value = null;
    job = newJob();
    const began = performance.now();
    const run = call('imports.run', { source, name: name.value.trim(), options: options.value, job });
    const result = await follow(job, run, (progress) => {
      if (mine !== ticket) return;
      fraction.value = progress.fraction;
      message.value = progress.message;
      left.value = secondsLeft(progress.fraction, (performance.now() - began) / 1000);
    });
    if (mine !== ticket) return;
    if (!result.ok) {
      fail(result.error);
      return;
    }
    report.value = result.value.report;
    dataset.value = result.value.dataset;
    stage.value = 'done';
    await data.refresh();
    data.choose(result.value.dataset.id);
  }
  /** Ends what is on the way; the options stay, if there are some. */
  function cancel(): void {
    if (stage.value === 'running') void call('jobs.cancel', { job });
    else if (stage.value === 'looking' && inspection.value !== null) {
      ticket += 1;
      void call('jobs.cancel', { job });
      stage.value = 'ready';
    } else forget();
  }

  return {
    isOpen,
    stage,
    error,
    fraction,
    message,
    left,
    inspection,
    options,
    name,
    report,
    dataset,
    wrong,
    canStart,
    open,
    close,
    begin,
    beginAt,
    choose,
    chooseKind,
    start,
    cancel,
  };
});
