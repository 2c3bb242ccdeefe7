/**
 * Files that are dropped but are no data: whoever knows what to do with them puts that here. So the data feature knows nothing
 * of models.
 */
import { shallowRef } from 'vue';

/** True if the files were taken. */
export const takeFiles = shallowRef<((files: readonly File[]) => boolean) | null>(null);
