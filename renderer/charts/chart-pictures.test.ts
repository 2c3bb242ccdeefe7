// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { curveOption } from './chart-options';
import { svgOf } from './chart-pictures';

describe('a chart as SVG', () => {
  it('has a path for each curve, the texts of its axes as text, and nothing that a name could smuggle in', () => {
    const option = curveOption({
      theme: {
        dark: false,
        text: '#111111',
        muted: '#666666',
        line: '#dddddd',
        surface: '#ffffff',
        accent: '#0000ff',
        training: '#0000ff',
        validation: '#ff8800',
        series: ['#0000ff'],
        fontFamily: '"Segoe UI", sans-serif',
      },
      xName: '<script>x</script>',
      formatX: String,
      formatY: String,
      formatTick: (value) => `tick ${String(value)}`,
      curves: [
        {
          id: 'a',
          name: 'A',
          points: [
            [0, 1],
            [10, 2],
          ],
          colour: '#0000ff',
          style: 'line',
        },
        {
          id: 'b',
          name: 'B',
          points: [
            [0, 2],
            [10, 1],
          ],
          colour: '#ff8800',
          style: 'line',
        },
      ],
    });
    const svg = svgOf(option, { width: 400, height: 200 }, '#fefefe');
    // Well-formed: once its attributes are taken away nothing is left in a tag.
    const rests = [...svg.matchAll(/<[a-z][^<]*?>/g)].map(([tag]) => tag.replaceAll(/\s[\w:-]+="[^"<]*"/g, '').replaceAll(/\s/g, ''));
    expect(rests.filter((rest) => !/^<[A-Za-z]+\/?>$/.test(rest))).toEqual([]);
    expect(svg).toMatch(/^<svg width="400" height="200"/);
    expect(svg).not.toContain('<script>');
    for (const part of ['tick 1', '&lt;script&gt;', 'stroke="#0000ff"', 'stroke="#ff8800"', '#fefefe']) expect(svg).toContain(part);
  });
});
