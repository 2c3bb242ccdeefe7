/** Back-propagation of the error (Rumelhart, Hinton, Williams, 1986): the gradient of the loss by each weight. */
import { gradients } from '../autodiff/gradients';
import { defineLearningRule } from './learning-rule';

export const learningRule = defineLearningRule({
  kind: 'back-propagation',
  label: 'Back-propagation',
  help: 'Moves each weight against the slope of the loss, which is passed back from layer to layer.',
  formula: 'g = ∂L/∂w',
  parameters: {},
  directions: ({ objective, weights, gradientScale }) =>
    gradients(
      objective,
      weights.map(({ tensor }) => tensor),
      gradientScale,
    ),
});
