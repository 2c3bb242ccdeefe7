/** What Keras does while training alone, which ONNX has no operators for: layers of ours under names of their own. */
import { Refusal } from '../../models/imported-model';
import { operator, type OperatorTable } from '../../onnx/import/operators/operator';
import { tensor } from '../../onnx/import/values';

export const trainingOperators: OperatorTable = {
  GaussianNoise: operator('Gaussian noise', '', (context) => {
    const view = context.view(0);
    const node = context.builder.add('gaussian-noise', context.hint, { deviation: context.float('deviation', 0) }, [view.node]);
    context.give(tensor({ ...view, node }));
  }),
  SpatialDropout: operator('Spatial dropout', '', (context) => {
    const view = context.view(0);
    const { builder } = context;
    const ratio = context.float('ratio', 0.5);
    if (ratio < 0 || ratio > 1) throw new Refusal('Its rate is none.');
    const probability = Math.min(0.99, ratio);
    const isImage = builder.shapeOf(view.node).length === 3;
    if (!isImage) context.approximate('It drops whole channels; here Dropout drops single numbers. In evaluation both do nothing.');
    const node = builder.add(isImage ? 'spatial-dropout' : 'dropout', context.hint, { probability }, [view.node]);
    context.give(tensor({ ...view, node }));
  }),
};
