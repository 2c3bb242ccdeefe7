/** The page has its own commands, so there is no menu bar; macOS needs one for its standard editing and window keys. */
import { Menu } from 'electron';

export function setApplicationMenu(platform: NodeJS.Platform): void {
  const menu = platform === 'darwin' ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]) : null;
  Menu.setApplicationMenu(menu);
}
