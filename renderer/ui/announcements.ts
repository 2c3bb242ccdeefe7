/** What is said aloud and what pops up: `announce` for screen readers, `notify` for everybody. Knows no component. */
import { reactive, ref } from 'vue';

const spoken = ref('');
/** The text of the polite live region. */
export const announcement = spoken;

/** Says a text through the page's live region; the same text twice in a row is said twice. */
export function announce(text: string): void {
  spoken.value = spoken.value === text ? `${text}\u00a0` : text;
}

export interface Notice {
  readonly id: number;
  readonly tone: 'neutral' | 'good' | 'error';
  readonly text: string;
  readonly action?: { readonly label: string; readonly perform: () => void };
}

export const notices = reactive<Notice[]>([]);
let nextId = 1;

/** Shows a notice, and returns its id; errors stay until they are dismissed, others leave after 6 seconds. */
export function notify(notice: Omit<Notice, 'id'>): number {
  const id = nextId++;
  notices.push({ ...notice, id });
  if (notices.length > 4) notices.shift();
  if (notice.tone !== 'error')
    setTimeout(() => {
      dismiss(id);
    }, 6000);
  return id;
}

export function dismiss(id: number): void {
  const index = notices.findIndex((notice) => notice.id === id);
  if (index >= 0) notices.splice(index, 1);
}
