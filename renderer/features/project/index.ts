/** The project feature's public side. */
export { useProjectStore, type SavedState } from './project.store';
export { emptyContent, type Position, type ProjectContent } from './content';
