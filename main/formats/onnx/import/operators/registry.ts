/** All operators of ONNX that are imported. */
import { foldedOperators } from '../fold';
import { elementwiseOperators } from './elementwise';
import { normalizationOperators } from './normalization';
import type { OperatorTable } from './operator';
import { productOperators } from './product';
import { sequenceOperators } from './sequence';
import { shapeOperators } from './shape';
import { windowOperators } from './window';

export const operators: OperatorTable = {
  ...elementwiseOperators,
  ...normalizationOperators,
  ...productOperators,
  ...sequenceOperators,
  ...shapeOperators,
  ...windowOperators,
};

/** The page docs/onnx-operators.md: what is imported, as what, and when. */
export function operatorsMarkdown(): string {
  const names = Object.keys(operators).sort();
  const constantOnly = foldedOperators.filter((name) => !Object.hasOwn(operators, name)).sort();
  return `# Operators of ONNX that are imported

Made by \`npx vitest run main/formats/onnx/import/operators-page.test.ts -u\` from the table of converters; the test fails where they differ.

Opset 1 to 21, ONNX's own domain. A graph is imported whole or not at all: one operator that no layer computes refuses it, with its node, its name and the reason.
Operators that compute with constants alone are computed while the file is read.

| Operator | Becomes | Where |
| --- | --- | --- |
${names.map((name) => `| ${name} | ${operators[name]?.becomes ?? ''} | ${operators[name]?.conditions ?? ''} |`).join('\n')}

Of constants alone: ${[...foldedOperators].sort().join(', ')}; among them ${constantOnly.join(', ')} of nothing else.
`;
}
