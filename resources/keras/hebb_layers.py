"""A layer that Keras has not: a function of each element. Import it before the model is loaded:

    import hebb_layers, keras
    model = keras.saving.load_model("NAME.keras")
"""

import keras

FUNCTIONS = {
    "power": lambda x, value: x**value,
    "exp": lambda x, value: keras.ops.exp(x),
    "log": lambda x, value: keras.ops.log(x),
    "sin": lambda x, value: keras.ops.sin(x),
    "cos": lambda x, value: keras.ops.cos(x),
    "sign": lambda x, value: keras.ops.sign(x),
    "greater": lambda x, value: keras.ops.cast(x > value, x.dtype),
}


@keras.saving.register_keras_serializable(package="Hebb", name="Function")
class HebbFunction(keras.layers.Layer):
    def __init__(self, function, value=0.0, **others):
        super().__init__(**others)
        self.function, self.value = function, value

    def call(self, inputs):
        return FUNCTIONS[self.function](inputs, self.value)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "function": self.function, "value": self.value}
