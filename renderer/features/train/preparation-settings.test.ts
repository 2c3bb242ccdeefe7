import { describe, expect, it } from 'vitest';
import { augmentations } from '../../../compute/augmentations/registry';
import { MOST_AUGMENTATIONS, offered, withAdded, withMoved, withParameter } from './preparation-settings';

const images = { sampleShape: [1, 28, 28], sampleType: 'u8' } as const;
const kinds = (list: readonly { readonly kind: string }[]) => list.map(({ kind }) => kind);

describe('the list of augmentations', () => {
  const three = ['rotation', 'cutout', 'mixup'].reduce(withAdded, []);

  it('offers what the samples can be changed by, and a mixture once', () => {
    expect(kinds(offered(images, []))).toContain('mixup');
    expect(kinds(offered(images, []))).not.toContain('colour-shift');
    expect(kinds(offered(images, three))).not.toContain('mixup');
    expect(kinds(offered({ sampleShape: [3, 8, 8], sampleType: 'f32' }, [])).toSorted()).toEqual([...augmentations.keys()].toSorted());
    expect(kinds(offered({ sampleShape: [4], sampleType: 'f32' }, []))).toEqual(['mixup', 'noise']);
    expect(offered({ sampleShape: [4], sampleType: 'i32' }, [])).toEqual([]);
    expect(offered(null, [])).toEqual([]);
  });

  it('grows with defaults, up to what a project keeps', () => {
    expect(three[0]).toEqual({ kind: 'rotation', parameters: { angle: 10, outside: 'zeros' } });
    expect(withAdded(three, 'dream')).toEqual(three);
    const many = Array.from({ length: MOST_AUGMENTATIONS + 3 }, () => 'noise').reduce(withAdded, []);
    expect(many).toHaveLength(MOST_AUGMENTATIONS);
  });

  it('is put in another order, and not beyond its ends', () => {
    expect(kinds(withMoved(three, 0, 2))).toEqual(['cutout', 'mixup', 'rotation']);
    expect(kinds(withMoved(three, 2, 1))).toEqual(['rotation', 'mixup', 'cutout']);
    expect(withMoved(three, 0, -1)).toEqual(three);
    expect(withMoved(three, 2, 3)).toEqual(three);
  });

  it('changes one parameter of one of them', () => {
    expect(withParameter(three, 0, 'angle', 45)[0]?.parameters).toEqual({ angle: 45, outside: 'zeros' });
    expect(withParameter(three, 0, 'angle', 45).slice(1)).toEqual(three.slice(1));
  });
});
