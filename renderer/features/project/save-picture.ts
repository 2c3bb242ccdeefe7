/** Keeps pictures and tables that the screen made among the project's exports, and says where. */
import { useI18n } from 'vue-i18n';
import { useProblemText } from '../../language/problem-text';
import { call, put } from '../../platform/client';
import { notify } from '../../ui/announcements';
import { useProjectStore } from './project.store';

export function usePictureSaving(): (name: string, extension: 'png' | 'svg' | 'csv', content: Blob) => Promise<void> {
  const { t } = useI18n({ useScope: 'global' });
  const problemText = useProblemText();
  const project = useProjectStore();

  async function save(name: string, extension: 'png' | 'svg' | 'csv', content: Blob) {
    const token = project.token;
    if (token === null) return { ok: false as const, error: { code: 'project.unknown', values: {} } };
    const begun = await call('uploads.begin', { name: `${name}.${extension}`, size: content.size });
    if (!begun.ok) return begun;
    const sent = await put(begun.value.url, content);
    if (!sent.ok) return sent;
    return call('pictures.save', { project: token, upload: begun.value.token, name, extension });
  }

  return async (name, extension, content) => {
    const saved = await save(name, extension, content);
    if (saved.ok) notify({ tone: 'good', text: t('charts.save.saved', { location: saved.value.location }) });
    else notify({ tone: 'error', text: problemText(saved.error) });
  };
}
