"""Arithmetic of large models, with sources. Standard library and NumPy only; nothing is allocated.

>>> from kseq.scale import architecture, memory, parameters
>>> parameters("gpt3-175b")
174604259328
>>> print(memory("gpt2"))
124,439,808 parameters: weights 474.70 MiB, gradients 474.70 MiB, optimizer 949.40 MiB; for training 1.85 GiB and …

Every result is a `Quantity`: a number with unit, formula, inputs and sources. `print(parameters("gpt2").explain())`
writes its derivation as on a blackboard.
"""

import lazy_loader

# No module is called like a name in it: whoever imports the module would hide the name.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "activation_bytes": ["activation_memory"],
        "caches": ["kv_cache"],
        "checks": ["Check", "published_checks"],
        "contradictions": ["CONTRADICTIONS", "Contradiction"],
        "counting": ["parameter_parts", "parameters"],
        "description": ["Architecture"],
        "emissions": ["carbon", "energy", "price"],
        "errors": ["ScaleError"],
        "footprint": ["Memory", "memory"],
        "hardware": ["Accelerator", "accelerator"],
        "hugging_face": ["read_config"],
        "layer_table": ["LayerCost", "LayerTable"],
        "lengths": ["cost_against_length", "crossing_length"],
        "naming": ["architecture"],
        "operations": ["flops_per_token", "pf_days", "step_flops", "training_flops"],
        "optimum": ["compute_optimal", "expected_loss"],
        "places": ["region"],
        "planning": ["Plan", "plan_training"],
        "published.accelerators": ["ACCELERATORS"],
        "published.architectures": ["ARCHITECTURES", "UNPUBLISHED"],
        "published.regions": ["REGIONS"],
        "quantity": ["Quantity", "derive", "given"],
        "rooflines": ["Roofline", "roofline"],
        "timing": ["throughput", "training_time", "utilisation"],
        "units": ["in_gib", "show"],
    },
)
