/** The icons, drawn on a 16×16 grid with 1.5-px strokes; `fill` ones are solid. They know nothing of where they stand. */
interface IconDrawing {
  readonly stroke?: string;
  readonly fill?: string;
}

const drawings = {
  add: { stroke: 'M8 3v10M3 8h10' },
  attack: { stroke: 'M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z' },
  back: { stroke: 'M9.5 3.5 5 8l4.5 4.5' },
  chart: { stroke: 'M2.5 2.5v11h11M5 10.5l2.5-3.5 2.5 2 3-5' },
  check: { stroke: 'm3 8.5 3.2 3.2L13 5' },
  'chevron-down': { stroke: 'm4 6 4 4 4-4' },
  'chevron-right': { stroke: 'm6 4 4 4-4 4' },
  close: { stroke: 'm4 4 8 8M12 4l-8 8' },
  command: { stroke: 'M2.5 4.5h11M2.5 8h7M2.5 11.5h9' },
  copy: { stroke: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3' },
  data: { stroke: 'M2.5 2.5h4.5V7H2.5zM9 2.5h4.5V7H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z' },
  device: { stroke: 'M4.5 4.5h7v7h-7zM6 1.8v2.7M10 1.8v2.7M6 11.5v2.7M10 11.5v2.7M1.8 6h2.7M1.8 10h2.7M11.5 6h2.7M11.5 10h2.7' },
  duplicate: { stroke: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3M9.5 7.5v4M7.5 9.5h4' },
  error: { stroke: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 4.8v4M8 11v.2' },
  export: { stroke: 'M8 10V2.5M5 5.2l3-2.9 3 2.9M3 9v4.5h10V9' },
  fit: { stroke: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10' },
  folder: { stroke: 'M2 4v8.5h12v-7H8L6.5 4z' },
  help: { stroke: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM6.2 6.2C6.4 4.2 9.8 4.3 9.8 6.4 9.8 7.8 8 7.8 8 9.2M8 11.3v.2' },
  history: { stroke: 'M2.5 3v3.5H6M2.8 6.2a5.6 5.6 0 1 1-.4 2.6M8 5v3.2l2.2 1.4' },
  image: { stroke: 'M2.5 3h11v10h-11zM2.5 11 6 7.5l3 3 2-1.8 2.5 2.3M10.5 5.8v.1' },
  info: { stroke: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 7.2v4M8 4.8v.2' },
  layers: { stroke: 'M2.5 3.5h4v9h-4zM9.5 5.5h4v5h-4zM6.5 8h3' },
  lens: { stroke: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.4 3.4' },
  lock: { stroke: 'M4 7.2h8v6.3H4zM5.5 7V5.2a2.5 2.5 0 0 1 5 0V7' },
  maximise: { stroke: 'M9.5 2.5h4v4M13.5 2.5l-4.5 4.5M6.5 13.5h-4v-4M2.5 13.5 7 9' },
  menu: { stroke: 'M2.5 4h11M2.5 8h11M2.5 12h11' },
  minus: { stroke: 'M3 8h10' },
  moon: { stroke: 'M13.2 9.7A5.7 5.7 0 0 1 6.3 2.8a5.7 5.7 0 1 0 6.9 6.9z' },
  more: {
    fill: 'M3 6.9a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2zM8 6.9a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2zM13 6.9a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2z',
  },
  pause: { fill: 'M4 3h3v10H4zM9 3h3v10H9z' },
  pencil: { stroke: 'm3 13 .6-2.8L10.8 3 13 5.2l-7.2 7.2zM9.3 4.5l2.2 2.2' },
  pin: { stroke: 'M6 2.5h4l-.5 4 2.2 2.2H4.3L6.5 6.5zM8 8.7v4.8' },
  play: { fill: 'M4 2.8v10.4L13 8z' },
  plug: { stroke: 'M2 8h4M10 8h4M6 5.5v5h4v-5z' },
  redo: { stroke: 'M13 6.5H6.2a3.4 3.4 0 0 0 0 6.8H9M10.2 3.5l3 3-3 3' },
  reset: { stroke: 'M3.2 8a4.9 4.9 0 1 0 1.7-3.7L3 6M3 2.8V6h3.2' },
  restore: { stroke: 'M13.5 6.5h-4v-4M9.5 6.5 14 2M2.5 9.5h4v4M6.5 9.5 2 14' },
  runs: { stroke: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 4.5V8l2.5 1.8' },
  save: { stroke: 'M2.5 2.5h8.3l2.7 2.7v8.3h-11zM5 2.5v3.7h5V2.5M4.7 13.5V9.2h6.6v4.3' },
  search: { stroke: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.4 3.4' },
  settings: { stroke: 'M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 3v3M6 10v3' },
  step: { fill: 'M3.5 3v10L10 8zM11 3h2v10h-2z' },
  stop: { fill: 'M3.5 3.5h9v9h-9z' },
  sun: {
    stroke:
      'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  },
  table: { stroke: 'M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M6.5 3v10' },
  tidy: { stroke: 'M2.5 3h4v3h-4zM9.5 3h4v3h-4zM9.5 10h4v3h-4zM6.5 4.5h3M8 4.5v7h1.5' },
  trash: { stroke: 'M3 4.5h10M6 4.5v-2h4v2M4.3 4.5l.6 9h6.2l.6-9M6.7 7v4M9.3 7v4' },
  undo: { stroke: 'M3 6.5h6.8a3.4 3.4 0 0 1 0 6.8H7M5.8 3.5l-3 3 3 3' },
  upload: { stroke: 'M8 10V2.5M5 5.2l3-2.9 3 2.9M3 9v4.5h10V9' },
  warning: { stroke: 'M8 2.2 14.3 13.5H1.7zM8 6.5v3.3M8 11.5v.2' },
  'zoom-in': { stroke: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.4 3.4M5 7h4M7 5v4' },
  'zoom-out': { stroke: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.4 3.4M5 7h4' },
  // One for each group of layers.
  'layer-core': {
    stroke: 'M4.5 4.2 11 7.4M4.5 11.8 11 8.6',
    fill: 'M3.5 2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6zM3.5 10.4a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6zM12.3 5.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4z',
  },
  'layer-convolution': { stroke: 'M2.5 2.5h11v11h-11zM2.5 6.2h11M2.5 9.8h11M6.2 2.5v11M9.8 2.5v11', fill: 'M2.5 2.5h3.7v3.7H2.5z' },
  'layer-pooling': { stroke: 'M2.5 2.5h6v11h-6zM2.5 8h6M12 6.5h1.5v3H12zM9.5 8h2.3' },
  'layer-normalization': { stroke: 'M2 12.5c3.5 0 3.5-9 6-9s2.5 9 6 9M8 3.5v9' },
  'layer-activation': { stroke: 'M2 11h5l6.5-7.5' },
  'layer-regularization': {
    stroke: 'M4 4v.1M12 4v.1M4 12v.1M6.5 8h-.1M12 12v.1',
    fill: 'M8 2.9a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2zM4 6.9a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2zM12 6.9a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2zM8 10.9a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2z',
  },
  'layer-shape': { stroke: 'M2.5 2.5h5v5h-5zM2.5 13.5h11v-3h-11zM10.5 3v4M8.8 5.3 10.5 7l1.7-1.7' },
  'layer-merge': { stroke: 'M2.5 3.5c4 0 3.5 4.5 7 4.5h4M2.5 12.5c4 0 3.5-4.5 7-4.5M11 5.5 13.5 8 11 10.5' },
  'layer-sequence': { stroke: 'M2 8h3M6.5 5.5h4v5h-4zM10.5 8H14M12.2 8v4.5H4.8V10' },
  'layer-attention': { stroke: 'M3.5 12.5 8 3.5l4.5 9M8 3.5v9', fill: 'M8 1.6a1.9 1.9 0 1 1 0 3.8 1.9 1.9 0 0 1 0-3.8z' },
} as const satisfies Record<string, IconDrawing>;

export type IconName = keyof typeof drawings;

export const icons: Readonly<Record<IconName, IconDrawing>> = drawings;
