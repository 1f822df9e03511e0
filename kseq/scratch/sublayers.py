"""What goes round every part of a Transformer block: "add & norm", row X7."""


class Block:
    """A block made of parts, each with `parameters`, `forward` and `backward`.

    Its parameters are named "self_attention/W_Q", "feed_forward/W_1", …: the name of the part, and the name in it.
    """

    sees_all_steps = True
    part_names: tuple = ()

    @property
    def parts(self):
        named = {name: getattr(self, name) for name in self.part_names}
        return {name: part for name, part in named.items() if part is not None}

    @property
    def parameters(self):
        return {
            f"{part}/{name}": array for part, layer in self.parts.items() for name, array in layer.parameters.items()
        }

    def around(self, name, x, f, values):
        """Add and norm: the part `name`, its norm, and the way round both. The matrices go into `values`.

        Args:
            name: of the part; its norm is called `name + "_norm"`.
            x: `(batch, steps, d)`.
            f: function of an array that gives the part's run.
            values: dict, to which the two runs and the sum are added.

        Returns:
            `(batch, steps, d)`.
        """
        norm = getattr(self, f"{name}_norm")
        if self.norm_first:
            # y = x + f(LayerNorm(x))
            normed = norm.forward(x)
            run = f(normed.outputs)
            y = x + run.outputs
            values |= {f"{name}_norm": normed, name: run, f"{name}_residual": y}
        else:
            # y = LayerNorm(x + f(x))
            run = f(x)
            residual = x + run.outputs
            normed = norm.forward(residual)
            y = normed.outputs
            values |= {name: run, f"{name}_residual": residual, f"{name}_norm": normed}
        return y

    def around_back(self, name, d_y, run, values):
        """The way back of `around`: from ∂L/∂y to ∂L/∂x. x has gone two ways, so two gradients add up."""
        part, norm = getattr(self, name), getattr(self, f"{name}_norm")
        if self.norm_first:
            # y = x + f(LayerNorm(x)):   ∂L/∂x = ∂L/∂y + what comes back through f and the norm
            back = part.backward(run[name], d_y)
            normed = norm.backward(run[f"{name}_norm"], back.d_x)
            d_x, d_residual = d_y + normed.d_x, d_y
        else:
            # r = x + f(x), y = LayerNorm(r):   ∂L/∂x = ∂L/∂r + what comes back through f
            normed = norm.backward(run[f"{name}_norm"], d_y)
            d_residual = normed.d_x
            back = part.backward(run[name], d_residual)
            d_x = d_residual + back.d_x
        values |= {name: back, f"{name}_residual": d_residual, f"{name}_norm": normed}
        return d_x

    def in_order(self, run, backs):
        """The gradients of the matrices in the order of the run, and those of the parameters by path."""
        values = {name: backs[name] for name in run.values if name in backs}
        gradients = {f"{part}/{name}": d for part in self.parts for name, d in backs[part].gradients.items()}
        return values, gradients

    def __repr__(self):
        order = "norm first" if self.norm_first else "norm last"
        return f"{type(self).__name__}({', '.join(repr(part) for part in self.parts.values())}; {order})"
