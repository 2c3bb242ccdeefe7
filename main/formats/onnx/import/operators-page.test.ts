import { expect, it } from 'vitest';
import { operatorsMarkdown } from './operators/registry';

it('docs/onnx-operators.md is what the table of converters says', async () => {
  await expect(operatorsMarkdown()).toMatchFileSnapshot('../../../../docs/onnx-operators.md');
});
