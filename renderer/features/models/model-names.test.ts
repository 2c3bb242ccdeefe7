import { describe, expect, it } from 'vitest';
import { areModels, titleOf } from './model-names';

describe('files of models and weights', () => {
  it.each([
    [['resnet.onnx'], true],
    [['a.keras'], true],
    [['MODEL.H5'], true],
    [['model.json', 'group1-shard1of2.bin', 'group1-shard2of2.bin'], true],
    [['model.json'], true],
    [['pytorch_model.bin'], true],
    [['weights.pt'], true],
    [['data.json'], false],
    [['data_batch_1.bin', 'test_batch.bin'], false],
    [['tfjs/model.json', 'tfjs/weights.bin'], true],
    [['data.npz'], false],
    [['cat.png', 'model.onnx'], false],
    [['data_batch_1.bin', 'readme.html'], false],
    [[], false],
  ])('%j', (names, expected) => {
    expect(areModels(names)).toBe(expected);
  });

  it('are called without folder and ending', () => {
    expect([titleOf('nets/resnet.v2.onnx'), titleOf('model'), titleOf('.onnx')]).toEqual(['resnet.v2', 'model', '.onnx']);
  });
});
