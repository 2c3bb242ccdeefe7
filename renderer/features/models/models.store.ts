/**
 * Models and weights of other software on their way in: the files are sent, read by the system side, and shown before anything
 * is taken. A model becomes a project of its own, weights one step of undo of the open one.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { defaultTrainingSettings } from '../../../compute/graph/training-settings';
import { failure, type Problem } from '../../../compute/graph/problem';
import { freezeAllBut, headOf, replaceHead } from '../../../compute/layers/transfer';
import type { ContractError, ContractResponse } from '../../../main/contract/contract';
import { call, upload } from '../../platform/client';
import { useDataStore } from '../data';
import { useProjectStore, type ProjectContent } from '../project';
import { readDocument } from './read-document';
import { titleOf } from './model-names';

export type Purpose = 'model' | 'weights';
export type ModelStage = 'choosing' | 'sending' | 'reading' | 'shown' | 'taking' | 'taken';
export type ModelReport = ContractResponse<'models.import'>['report'];
export type WeightTable = ContractResponse<'weights.read'>;

const SEED = 1;

/** Files by their names in one folder: what lies in different folders is not told apart by a model. */
const plainName = (file: File): string => file.name;

export const useModelsStore = defineStore('models', () => {
  const project = useProjectStore();
  const data = useDataStore();

  const isOpen = ref(false);
  const purpose = ref<Purpose>('model');
  const stage = ref<ModelStage>('choosing');
  const files = shallowRef<readonly File[]>([]);
  const error = shallowRef<ContractError | Problem | null>(null);
  /** 0 … 1 of the bytes that were sent. */
  const fraction = ref(0);
  /** Numbers with commas, as it is typed: the shape of one sample, where the file leaves it open. */
  const shape = ref('');
  const imported = shallowRef<ContractResponse<'models.import'> | null>(null);
  const matched = shallowRef<WeightTable | null>(null);

  let abort = new AbortController();
  let ticket = 0;
  /** Of the reading that is under way. */
  let job = '';

  const title = computed(() => files.value.find(({ name }) => /\.json$/i.test(name))?.name ?? files.value[0]?.name ?? '');
  const isBusy = computed(() => ['sending', 'reading', 'taking'].includes(stage.value));
  /** The input's sizes stood open in the file, or what was typed did not fit. */
  const asksForShape = computed(() => imported.value?.report.refused.some(({ operator }) => operator === 'input') ?? false);
  const taken = computed(() => matched.value?.table.filter(({ how }) => how === 'name' || how === 'order').length ?? 0);

  function forget(): void {
    abort.abort();
    abort = new AbortController();
    ticket += 1;
    if (stage.value === 'reading') void call('jobs.cancel', { job });
    stage.value = 'choosing';
    files.value = [];
    error.value = null;
    imported.value = null;
    matched.value = null;
    shape.value = '';
  }
  function show(wanted: Purpose): void {
    forget();
    purpose.value = wanted;
    isOpen.value = true;
  }
  function close(): void {
    forget();
    isOpen.value = false;
  }

  const sizesOf = (text: string): number[] | null => {
    const sizes = text.split(/[,×x\s]+/).filter((part) => part !== '');
    const numbers = sizes.map(Number);
    return numbers.length > 0 && numbers.every((size) => Number.isInteger(size) && size > 0) ? numbers : null;
  };

  /** Sends the files and reads them for the purpose. */
  async function read(): Promise<void> {
    const mine = ++ticket;
    const all = files.value;
    const bytes = all.reduce((sum, { size }) => sum + size, 0);
    error.value = null;
    imported.value = null;
    matched.value = null;
    stage.value = 'sending';
    const sent: { upload: string; name: string }[] = [];
    let before = 0;
    for (const file of all) {
      const progress = (now: number): void => {
        fraction.value = bytes === 0 ? 1 : (before + now * file.size) / bytes;
      };
      const result = await upload(plainName(file), file, { progress, signal: abort.signal });
      if (mine !== ticket) return;
      if (!result.ok) {
        refuse(result.error);
        return;
      }
      sent.push({ upload: result.value, name: plainName(file) });
      before += file.size;
    }
    stage.value = 'reading';
    job = `model:${String(Date.now())}-${String(mine)}`;
    if (purpose.value === 'model') await readModel(sent, mine);
    else await readWeights(sent, mine);
  }
  function refuse(reason: ContractError | Problem): void {
    error.value = reason;
    stage.value = 'choosing';
  }

  async function readModel(sent: { upload: string; name: string }[], mine: number): Promise<void> {
    const result = await call('models.import', { files: sent, inputShape: sizesOf(shape.value), output: null, seed: SEED, job });
    if (mine !== ticket) return;
    if (result.ok) {
      imported.value = result.value;
      stage.value = 'shown';
    } else if (result.error.code === 'model.weights-only') {
      // A file without a network is for the network that is open.
      purpose.value = 'weights';
      await read();
    } else refuse(result.error);
  }
  async function readWeights(sent: { upload: string; name: string }[], mine: number): Promise<void> {
    const document = structuredClone(project.content.document);
    const result = await call('weights.read', { files: sent, document, seed: project.content.training.seed, job });
    if (mine !== ticket) return;
    if (!result.ok) {
      refuse(result.error);
      return;
    }
    matched.value = result.value;
    stage.value = 'shown';
  }

  /** Files from a picker or a drop; a model is looked for first, unless weights are asked for. */
  async function begin(chosen: readonly File[], wanted: Purpose = purpose.value): Promise<void> {
    if (chosen.length === 0) return;
    show(wanted);
    files.value = chosen;
    await read();
  }

  async function keep(kept: string): Promise<boolean> {
    if (project.token === null) return false;
    const result = await call('weights.keep', { project: project.token, kept });
    if (!result.ok) {
      error.value = result.error;
      return false;
    }
    const weights = { file: result.value.file, source: title.value.slice(0, 200) };
    project.edit('models.edits.weights', (draft) => {
      draft.weights = weights;
    });
    return true;
  }

  /** The model as a project of its own, with the data set that is open, or the weights into the open network. */
  async function take(): Promise<void> {
    const model = imported.value?.model ?? null;
    const weights = matched.value?.weights ?? null;
    stage.value = 'taking';
    let done = false;
    if (model !== null) {
      const name = titleOf(title.value).slice(0, 200);
      const document = readDocument(model.document, name);
      if (document === null) error.value = failure('model.unreadable', { file: title.value, reason: 'its document is none' }).problem;
      else {
        const content: ProjectContent = {
          document,
          training: defaultTrainingSettings,
          dataset: { id: project.content.dataset.id },
          layout: {},
        };
        done = (await project.create(name, content)) && (await keep(model.weights.kept));
        if (!done) error.value ??= project.error;
        else await project.save();
      }
    } else if (weights !== null) done = await keep(weights.kept);
    stage.value = done ? 'taken' : 'shown';
  }

  /** How many outputs the open data set asks for; null where none is open. */
  const outputs = computed(() => {
    const dataset = data.opened?.dataset;
    if (!dataset) return null;
    const count = dataset.targetNames.length > 0 ? dataset.targetNames.length : dataset.classes.length;
    return count > 0 ? count : null;
  });
  const datasetName = computed(() => data.opened?.dataset.name ?? '');

  /**
   * For the data set that is open: the last layer with weights gives as many outputs as it asks for, and begins anew; all other
   * layers are frozen. One step of undo. The answer is why it cannot be, or null.
   */
  function newHead(): Problem | null {
    if (outputs.value === null) return failure('transfer.no-data').problem;
    const replaced = replaceHead(project.content.document, outputs.value);
    if (!replaced.ok) return replaced.problem;
    const { head, former } = replaced.value;
    const document = freezeAllBut(replaced.value.document, head);
    project.edit('models.edits.head', (draft) => {
      // A draft is the same data without readonly.
      draft.document = structuredClone(document) as typeof draft.document;
      const place = draft.layout[former];
      if (place) draft.layout = { ...Object.fromEntries(Object.entries(draft.layout).filter(([id]) => id !== former)), [head]: place };
    });
    project.select([head]);
    return null;
  }
  /** All layers with weights but the last one frozen. */
  function freezeBody(): Problem | null {
    const head = headOf(project.content.document);
    if (head === null) return failure('transfer.no-output').problem;
    const document = freezeAllBut(project.content.document, head);
    project.edit('models.edits.freeze', (draft) => {
      draft.document = structuredClone(document) as typeof draft.document;
    });
    return null;
  }

  return {
    isOpen,
    purpose,
    stage,
    files,
    title,
    error,
    fraction,
    shape,
    imported,
    matched,
    isBusy,
    asksForShape,
    taken,
    outputs,
    datasetName,
    show,
    close,
    begin,
    read,
    take,
    newHead,
    freezeBody,
  };
});
