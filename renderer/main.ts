/** The entry of the page: styles, languages, stores, then the shell. */
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import AppShell from './app/AppShell.vue';
import { i18n } from './language/i18n';
import { useWorkspaceStore } from './features/workspace.store';
import './ui/tokens.css';
import './ui/base.css';

const app = createApp(AppShell);
app.use(createPinia());
app.use(i18n);
await useWorkspaceStore().restore();
app.mount('#app');
