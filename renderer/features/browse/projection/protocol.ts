/** What the screen and the worker of maps say to each other: one request, progress, one answer. Ended by ending the worker. */
import type { Matrix } from './matrix';

export const mapMethods = ['pca', 'tsne', 'umap'] as const;
export type MapMethod = (typeof mapMethods)[number];

export interface MapParameters {
  readonly method: MapMethod;
  readonly perplexity: number;
  readonly neighbours: number;
  readonly minimumDistance: number;
  readonly seed: number;
}

export interface MapRequest {
  readonly matrix: Matrix;
  readonly parameters: MapParameters;
  /** Where the same samples lay on a map of this method before (x and y of each): they move on from there. */
  readonly before: Float32Array | null;
}

/** What a finished map says of itself. */
export interface MapQuality {
  /** Share of neighbours that are neighbours in the data too, in 0 … 1 (trustworthiness, 10 neighbours). */
  readonly trustworthiness: number;
  /** Of t-SNE: the divergence that is left. */
  readonly divergence: number | null;
  /** Of principal components: the share of the variance along each of the two. */
  readonly explained: readonly number[] | null;
}

export type MapMessage =
  | { readonly type: 'progress'; readonly fraction: number; readonly points: Float32Array | null }
  | { readonly type: 'done'; readonly points: Float32Array; readonly quality: MapQuality }
  | { readonly type: 'failed'; readonly message: string };
