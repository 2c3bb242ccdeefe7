import { mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { TooltipProvider } from 'reka-ui';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import lenet from '../../../resources/templates/lenet-5.json';
import { i18n } from '../../language/i18n';
import { useProjectStore } from '../project';
import LayerInspector from './LayerInspector.vue';
import LayerPalette from './LayerPalette.vue';

vi.mock('../../platform/client', () => ({
  call: (name: string, request: { content?: unknown } | null) => {
    const answers: Record<string, unknown> = {
      'projects.last': null,
      'templates.list': [lenet],
      'projects.create': {
        token: 'token-of-project',
        name: 'LeNet-5',
        location: '/x',
        changedAt: '2026-01-01T00:00:00Z',
        content: request?.content,
      },
    };
    return Promise.resolve({ ok: true, value: answers[name] ?? null });
  },
}));

// jsdom has none.
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));

const inShell = (component: Parameters<typeof h>[0], properties: Record<string, unknown>) =>
  mount(defineComponent({ render: () => h(TooltipProvider, null, { default: () => h(component, properties) }) }), {
    global: { plugins: [i18n] },
    attachTo: document.body,
  });

const launched = async () => {
  const store = useProjectStore();
  await store.launch();
  return store;
};

beforeEach(() => {
  setActivePinia(createPinia());
  // As in the page: tooltips go there.
  const floating = document.createElement('div');
  floating.id = 'floating';
  document.body.replaceChildren(floating);
});

describe('the inspector', () => {
  it('shows the parameters of the selected layer under their labels', async () => {
    const store = await launched();
    store.select(['conv1']);
    const wrapper = inShell(LayerInspector, { panels: [], tab: 'parameters' });
    const labels = wrapper.findAll('label').map((label) => label.text());
    expect(labels).toEqual(expect.arrayContaining(['Output channels', 'Kernel size', 'Stride', 'Padding', 'Bias', 'Initial weights']));
    expect(wrapper.text()).toContain('6×28×28');
    expect(wrapper.text()).toContain('156');
  });

  it('leaves out what has no effect under the other parameters', async () => {
    const store = await launched();
    store.select(['conv1']);
    const wrapper = inShell(LayerInspector, { panels: [], tab: 'parameters' });
    const labels = () => wrapper.findAll('label').map((label) => label.text());
    const mode = () =>
      wrapper.findAll('select').find((select) => select.findAll('option').some((option) => option.element.value === 'same'));
    await mode()?.setValue('same');
    expect(labels()).toContain('Padding mode');
    expect(labels()).not.toContain('Padding');
    await mode()?.setValue('explicit');
    expect(labels()).toContain('Padding');
  });

  it('says what is wrong beside the field, while typing, and one undo takes it back', async () => {
    const store = await launched();
    store.select(['conv1']);
    const wrapper = inShell(LayerInspector, { panels: [], tab: 'parameters' });
    const height = wrapper.get('input[aria-label="Kernel size: Height"], input[id][role="spinbutton"][aria-label^="Kernel size"]');
    await height.setValue('4');
    await height.setValue('40');
    expect(store.content.document.nodes.find((node) => node.id === 'conv1')?.parameters['kernelSize']).toEqual([40, 5]);
    expect(store.analysis.valid).toBe(false);
    const message = wrapper.get('.field .error').text();
    expect(message).toContain('40×5');
    store.undo();
    expect(store.content.document.nodes.find((node) => node.id === 'conv1')?.parameters['kernelSize']).toEqual([5, 5]);
    expect(store.canUndo).toBe(false);
  });

  it('invites to select where nothing is', async () => {
    await launched();
    expect(inShell(LayerInspector, { panels: [], tab: 'parameters' }).text()).toContain('Select a layer');
  });
});

describe('the palette', () => {
  it('finds layers by name and by group, and adds one after the selection', async () => {
    const store = await launched();
    store.select(['conv1']);
    const wrapper = inShell(LayerPalette, {});
    await wrapper.get('input').setValue('pool');
    const found = wrapper.findAll('.layer').map((button) => button.text());
    expect(found).toEqual(expect.arrayContaining(['Average pool', 'Max pool']));
    expect(found).not.toContain('Dense');
    await wrapper.get('input').setValue('batch');
    await wrapper.get('.layer').trigger('click');
    expect(store.selection).toEqual(['norm1']);
    expect(store.content.document.edges).toContainEqual({ from: 'conv1', to: 'norm1', port: 0 });
    expect(store.content.document.edges).toContainEqual({ from: 'norm1', to: 'relu1', port: 0 });
    expect(store.analysis.valid).toBe(true);
  });

  it('folds its groups, and finds what is folded away', async () => {
    const store = await launched();
    store.select(['conv1']);
    const wrapper = inShell(LayerPalette, {});
    const names = () => wrapper.findAll('.layer').map((button) => button.text());
    expect(names()).toContain('Dense');
    expect(names()).not.toContain('ReLU');
    const activation = wrapper.findAll('.fold').find((button) => button.text().startsWith('Activation'));
    await activation?.trigger('click');
    expect(names()).toContain('ReLU');
    await activation?.trigger('click');
    expect(names()).not.toContain('ReLU');
    await wrapper.get('input').setValue('relu');
    expect(names()).toContain('Leaky ReLU');
    // Enter adds the layer of that name, not the first that has it in its name.
    await wrapper.get('input').trigger('keydown', { key: 'Enter' });
    expect(store.content.document.nodes.find((node) => node.id === store.selection[0])?.kind).toBe('relu');
  });
});
