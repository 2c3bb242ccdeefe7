/** What the grid of samples and the worker that draws its rows say to each other. */
import type { SampleType } from '../../../charts/sample-picture';

export interface RowSource {
  /** Of the data set: pictures that are kept are those of this one. */
  readonly id: string;
  readonly sampleShape: readonly number[];
  readonly sampleType: SampleType;
  readonly sampleShards: readonly { readonly url: string; readonly bytes: number }[];
  /** What tokens stand for; null where samples are pictures. */
  readonly symbols: readonly string[] | null;
}

/** How rows look. Lengths in CSS pixels. */
export interface RowLook {
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Of a square picture. */
  readonly side: number;
  readonly captionHeight: number;
  readonly gap: number;
  /** Device pixels a CSS pixel. */
  readonly ratio: number;
  /** Colours and type as canvases take them. */
  readonly text: string;
  readonly muted: string;
  readonly wrong: string;
  readonly accent: string;
  readonly unread: string;
  readonly fontFamily: string;
}

export interface Tile {
  /** Of the sample, in the table of all. */
  readonly place: number;
  readonly caption: string;
  readonly isWrong: boolean;
  /** Left out of all splits: drawn faintly. */
  readonly isExcluded: boolean;
  readonly isSelected: boolean;
}

export type RowRequest =
  | { readonly type: 'source'; readonly source: RowSource }
  | { readonly type: 'look'; readonly look: RowLook }
  | { readonly type: 'row'; readonly ticket: number; readonly tiles: readonly Tile[] };

/** Each row is answered once. Samples that could not be read stand there as empty squares. */
export interface RowMessage {
  readonly ticket: number;
  /** The finished row, as large as the look makes it. */
  readonly bitmap: ImageBitmap;
}
