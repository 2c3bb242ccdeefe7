/**
 * Colours and marks of classes on a map: eight colours that every common colour vision tells apart (after Okabe and Ito 2008),
 * and a mark for each further eight. It knows no canvas.
 */
const onLight = ['#0072b2', '#d55e00', '#009e73', '#b0539a', '#c78500', '#2f95cf', '#6a6f00', '#5b5f66'] as const;
const onDark = ['#56b4e9', '#ff8b4a', '#2fd3a5', '#e59ccb', '#f0b432', '#8fc1ff', '#e8e15a', '#b9bec7'] as const;

export const marks = ['circle', 'square', 'triangle', 'diamond'] as const;
export type Mark = (typeof marks)[number];

export interface CategoryLook {
  readonly colour: string;
  readonly mark: Mark;
}

/** Of class `index`, from 0; after 32 the looks come again. */
export function lookOfCategory(index: number, isDark: boolean): CategoryLook {
  const colours = isDark ? onDark : onLight;
  return {
    colour: colours[index % colours.length] ?? colours[0],
    mark: marks[Math.floor(index / colours.length) % marks.length] ?? 'circle',
  };
}

/** The outline of a mark around a point, to be filled. */
export function traceMark(context: CanvasRenderingContext2D, mark: Mark, x: number, y: number, radius: number): void {
  context.beginPath();
  switch (mark) {
    case 'circle':
      context.arc(x, y, radius, 0, Math.PI * 2);
      return;
    case 'square':
      context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
      return;
    case 'triangle':
      context.moveTo(x, y - radius * 1.2);
      context.lineTo(x + radius * 1.1, y + radius * 0.8);
      context.lineTo(x - radius * 1.1, y + radius * 0.8);
      context.closePath();
      return;
    case 'diamond':
      context.moveTo(x, y - radius * 1.3);
      context.lineTo(x + radius * 1.1, y);
      context.lineTo(x, y + radius * 1.3);
      context.lineTo(x - radius * 1.1, y);
      context.closePath();
  }
}

/** The same outline as an SVG path in a box of 12×12, for legends. */
export const markPath: Readonly<Record<Mark, string>> = {
  circle: 'M10 6a4 4 0 1 1-8 0 4 4 0 1 1 8 0z',
  square: 'M2.4 2.4h7.2v7.2H2.4z',
  triangle: 'M6 1.2 10.4 9.2H1.6z',
  diamond: 'M6 .8 10.4 6 6 11.2 1.6 6z',
};
