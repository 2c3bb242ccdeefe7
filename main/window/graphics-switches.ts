/** Which Chromium switches WebGPU needs on this machine. Pure, but for one look at /dev. */
import { readdirSync } from 'node:fs';

type Switch = readonly [name: string, value?: string];

/** As much of Electron's command line as is needed here. */
export interface SwitchBoard {
  appendSwitch(name: string, value?: string): void;
  getSwitchValue(name: string): string;
  hasSwitch(name: string): boolean;
}

/**
 * Linux needs WebGPU and Vulkan turned on. Where it has no graphics device at all, Chromium's own software renderer
 * (SwiftShader) computes instead: slow, but the same program; the status bar names it.
 */
export function graphicsSwitches(platform: NodeJS.Platform, hasGraphicsDevice: boolean): readonly Switch[] {
  if (platform !== 'linux') return [];
  const hardware: Switch[] = [['enable-unsafe-webgpu'], ['enable-features', 'Vulkan']];
  if (hasGraphicsDevice) return hardware;
  return [
    ...hardware,
    ['ignore-gpu-blocklist'],
    ['enable-unsafe-swiftshader'],
    ['use-vulkan', 'swiftshader'],
    ['use-angle', 'swiftshader'],
    ['use-webgpu-adapter', 'swiftshader'],
  ];
}

/** A render node, NVIDIA's device or Windows' graphics inside WSL. */
export function hasLinuxGraphicsDevice(): boolean {
  const names = (folder: string): string[] => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  return (
    names('/dev/dri').some((name) => name.startsWith('renderD')) || names('/dev').some((name) => name === 'nvidiactl' || name === 'dxg')
  );
}

/** Before the app is ready. Switches given on the command line stay; features are joined. */
export function appendSwitches(commandLine: SwitchBoard, switches: readonly Switch[]): void {
  for (const [name, value] of switches) {
    const given = commandLine.getSwitchValue(name);
    if (name === 'enable-features' && given !== '') commandLine.appendSwitch(name, [...new Set([...given.split(','), value])].join(','));
    else if (!commandLine.hasSwitch(name)) commandLine.appendSwitch(name, value);
  }
}
