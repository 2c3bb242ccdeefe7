/**
 * The languages of the interface: every file of resources/locales/<language>/, merged, over the English names that
 * layers, blocks, losses, optimizers, schedules, initializers, attacks and augmentations carry in their own files.
 */
import { createI18n } from 'vue-i18n';
import { mergeMessages, type Messages } from './messages';
import { registryMessages, type Named } from './registry-messages';

const files = import.meta.glob<Messages>('../../resources/locales/*/*.json', { eager: true, import: 'default' });

const layers = import.meta.glob<Named>('../../compute/layers/*.layer.ts', { eager: true, import: 'layer' });
const blocks = import.meta.glob<Named>('../../compute/layers/*.block.ts', { eager: true, import: 'block' });
const losses = import.meta.glob<Named>('../../compute/losses/*.loss.ts', { eager: true, import: 'loss' });
const optimizers = import.meta.glob<Named>('../../compute/optimizers/*.optimizer.ts', { eager: true, import: 'optimizer' });
const schedules = import.meta.glob<Named>('../../compute/schedules/*.schedule.ts', { eager: true, import: 'schedule' });
const attacks = import.meta.glob<Named>('../../compute/attacks/*.attack.ts', { eager: true, import: 'attack' });
const augmentations = import.meta.glob<Named>('../../compute/augmentations/*.augmentation.ts', { eager: true, import: 'augmentation' });

const definitions: Messages = {
  layers: registryMessages([...Object.values(layers), ...Object.values(blocks)]),
  losses: registryMessages(Object.values(losses)),
  optimizers: registryMessages(Object.values(optimizers)),
  schedules: registryMessages(Object.values(schedules)),
  attacks: registryMessages(Object.values(attacks)),
  augmentations: registryMessages(Object.values(augmentations)),
};

function messagesByLanguage(): Record<string, Messages> {
  const languages: Record<string, Messages> = { en: definitions };
  for (const [path, messages] of Object.entries(files)) {
    const language = path.split('/').at(-2) ?? 'en';
    languages[language] = mergeMessages(languages[language] ?? {}, messages);
  }
  return languages;
}

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: messagesByLanguage() });
