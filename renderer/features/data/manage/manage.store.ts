/** What a person does with a whole data set: its name, a copy, its splits, taking it away and bringing it back. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ContractError, ContractRequest, ContractResponse } from '../../../../main/contract/contract';
import { useProblemText } from '../../../language/problem-text';
import { call } from '../../../platform/client';
import { notify } from '../../../ui/announcements';
import { useProjectStore } from '../../project';
import { useDataStore, type DatasetSummary } from '../data.store';
import { follow, type Progress } from '../follow';

export type ManageDialog = 'rename' | 'copy' | 'split';
type Shares = Omit<ContractRequest<'datasets.resplit'>, 'id' | 'revision'>;

export const useManageStore = defineStore('manage', () => {
  const { t } = useI18n({ useScope: 'global' });
  const problemText = useProblemText();
  const data = useDataStore();
  const project = useProjectStore();
  const dialog = shallowRef<ManageDialog | null>(null);
  /** Why what was asked for in the dialog was not done. */
  const error = shallowRef<ContractError | null>(null);
  const isBusy = ref(false);
  /** Of a copy that is being written. */
  const copying = shallowRef<Progress | null>(null);

  function open(wanted: ManageDialog): void {
    error.value = null;
    dialog.value = wanted;
  }

  /** What the dialog asks for; it closes when that is done, and stays with the reason when it is not. */
  async function perform<Value>(
    work: () => Promise<{ readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ContractError }>,
  ) {
    if (isBusy.value) return null;
    isBusy.value = true;
    const done = await work();
    isBusy.value = false;
    error.value = done.ok ? null : done.error;
    if (!done.ok) return null;
    dialog.value = null;
    return done.value;
  }
  const fail = (reason: ContractError): void => void notify({ tone: 'error', text: problemText(reason) });

  async function rename(name: string): Promise<void> {
    const id = data.opened?.dataset.id;
    if (id !== undefined && (await perform(() => call('datasets.rename', { id, name }))) !== null) await data.reopen();
  }

  async function copy(name: string): Promise<void> {
    const id = data.opened?.dataset.id;
    if (id === undefined) return;
    const job = `copy:${id}`;
    const made = await perform(() => follow(job, call('datasets.copy', { id, name, job }), (progress) => (copying.value = progress)));
    copying.value = null;
    if (made === null) return;
    await data.refresh();
    data.choose(made.id);
  }

  /** What was changed stands where the project looks: in the same data set, or in the copy that was made of a bundled one. */
  async function show(changed: ContractResponse<'datasets.resplit'>): Promise<void> {
    if (changed.id === data.opened?.dataset.id) {
      await data.reopen();
      return;
    }
    await data.refresh();
    data.choose(changed.id);
  }

  async function revert(id: string, revision: number, to: number): Promise<void> {
    const back = await call('datasets.revert', { id, revision, to });
    if (back.ok) await show(back.value);
    else fail(back.error);
  }

  /** Divides the samples anew. The notice offers the way back; a bundled data set stays as it was anyway. */
  async function split(shares: Shares): Promise<void> {
    const before = data.opened?.dataset;
    if (before === undefined) return;
    const { id, revision } = before;
    const changed = await perform(() => call('datasets.resplit', { id, revision, ...shares }));
    if (changed === null) return;
    await show(changed);
    const isCopy = changed.id !== id;
    notify({
      tone: 'neutral',
      text: t(isCopy ? 'data.manage.splitCopy' : 'data.manage.splitDone', { name: changed.name }),
      ...(isCopy ? {} : { action: { label: t('data.manage.undo'), perform: () => void revert(id, changed.revision, revision) } }),
    });
  }

  async function restore({ id, name }: DatasetSummary): Promise<void> {
    const back = await call('datasets.restore', { id });
    if (!back.ok) {
      fail(back.error);
      return;
    }
    await data.refresh();
    if (data.wanted === id) data.retry();
    notify({ tone: 'good', text: t('data.manage.restored', { name }) });
  }

  /** Takes the data set that is open out of the list; for a week it can be brought back. */
  async function remove(): Promise<void> {
    const dataset = data.opened?.dataset;
    if (dataset === undefined || !project.mayEdit()) return;
    const gone = await call('datasets.remove', { id: dataset.id });
    if (!gone.ok) {
      fail(gone.error);
      return;
    }
    await data.refresh();
    data.retry();
    notify({
      tone: 'neutral',
      text: t('data.manage.removed', { name: dataset.name }),
      action: { label: t('data.manage.undo'), perform: () => void restore(dataset) },
    });
  }

  return { dialog, error, isBusy, copying, open, rename, copy, split, remove };
});
