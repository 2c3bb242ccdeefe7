import { describe, expect, it } from 'vitest';
import { appendSwitches, graphicsSwitches } from './graphics-switches';

/** As Electron's command line: a later value takes the place of an earlier one. */
function commandLine(given: Record<string, string>) {
  const switches = new Map(Object.entries(given));
  return {
    switches,
    appendSwitch: (name: string, value?: string) => void switches.set(name, value ?? ''),
    getSwitchValue: (name: string) => switches.get(name) ?? '',
    hasSwitch: (name: string) => switches.has(name),
  };
}

describe('the switches that WebGPU needs', () => {
  it('turn it on where Linux has a graphics device', () => {
    expect(graphicsSwitches('linux', true)).toEqual([['enable-unsafe-webgpu'], ['enable-features', 'Vulkan']]);
  });

  it('choose the software renderer where Linux has none', () => {
    expect(graphicsSwitches('linux', false)).toContainEqual(['use-webgpu-adapter', 'swiftshader']);
    expect(graphicsSwitches('linux', false)).toContainEqual(['use-vulkan', 'swiftshader']);
  });

  it('are none elsewhere', () => {
    expect(graphicsSwitches('darwin', true)).toEqual([]);
    expect(graphicsSwitches('win32', false)).toEqual([]);
  });

  it('leave what was given on the command line', () => {
    const line = commandLine({ 'use-vulkan': 'native', 'enable-features': 'Other,Vulkan' });
    appendSwitches(line, graphicsSwitches('linux', false));
    expect(line.switches.get('use-vulkan')).toBe('native');
    expect(line.switches.get('enable-features')).toBe('Other,Vulkan');
    expect(line.switches.get('use-angle')).toBe('swiftshader');
  });

  it('join the features that were given', () => {
    const line = commandLine({ 'enable-features': 'Other' });
    appendSwitches(line, graphicsSwitches('linux', true));
    expect(line.switches.get('enable-features')).toBe('Other,Vulkan');
  });
});
