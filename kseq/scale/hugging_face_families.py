"""What each family of Hugging Face's configurations calls its sizes, and what it has without saying so."""

from kseq.scale.errors import ScaleError

ACTIVATIONS = {"gelu_new": "gelu", "gelu_fast": "gelu", "gelu_pytorch_tanh": "gelu", "swish": "silu"}


def usual(config):
    """The names that most families use."""
    return {
        "num_layers": config["num_hidden_layers"],
        "num_heads": config["num_attention_heads"],
        "embedding_dim": config["hidden_size"],
        "context_length": config["max_position_embeddings"],
        "vocabulary_size": config["vocab_size"],
        "intermediate_dim": config["intermediate_size"],
        "activation": activation(config.get("hidden_act", "gelu")),
    }


def activation(name):
    """Keras's name for an activation."""
    return ACTIVATIONS.get(name, name)


def wavelength(config):
    """Base of the rotary angles, which newer configurations keep in a dictionary of its own."""
    return config.get("rope_theta") or config.get("rope_parameters", {}).get("rope_theta", 10_000)


def window(config, used=True, default=None, full=lambda layer: False):
    """The sliding window, and the layers that look at all in spite of it.

    Args:
        config: the configuration.
        used: whether the family slides where the configuration names no `layer_types`.
        default: tokens of the window where its key is missing; `null` always means that there is none.
        full: of the number of a layer, whether it looks at all.
    """
    tokens = config.get("sliding_window", None if config.has("sliding_window") else default)
    layers, kinds = config["num_hidden_layers"], config.get("layer_types")
    kinds = kinds or ["full_attention" if not used or full(layer) else "sliding_attention" for layer in range(layers)]
    count = sum(kind != "sliding_attention" for kind in kinds)
    return {"attention_window": tokens, "full_attention_layers": count} if tokens and count < layers else {}


def gpt2(config):
    return {
        "dropout": config.get("resid_pdrop", 0.1),
        "num_layers": config["n_layer"],
        "num_heads": config["n_head"],
        "embedding_dim": config["n_embd"],
        "context_length": config["n_positions", "n_ctx"],
        "vocabulary_size": config["vocab_size"],
        "intermediate_dim": config.get("n_inner"),
        "activation": activation(config.get("activation_function", "gelu")),
        "tied_embeddings": config.get("tie_word_embeddings", True),
    }


def gpt_j(config):
    return {**gpt2(config), **BESIDE, "position": "rotary", "use_bias": False, "feed_forward_bias": True, **OUTPUT}


def llama(config, tied=False, attention_bias=False):
    bias = config.get("attention_bias", attention_bias)
    return {
        **usual(config),
        "num_key_value_heads": config.get("num_key_value_heads"),
        "key_dim": config.get("head_dim"),
        "activation": activation(config.get("hidden_act", "silu")),
        "gated": True,
        "position": "rotary",
        "rotary_wavelength": wavelength(config),
        "normalization": "rms",
        "use_bias": bias,
        "qkv_bias": bias,
        "feed_forward_bias": config.get("mlp_bias", False),
        "tied_embeddings": config.get("tie_word_embeddings", tied),
    }


def mistral(config):
    return {**llama(config), **window(config, default=4096)}


def phi3(config):
    return {**llama(config), **window(config), "dropout": config.get("resid_pdrop", 0.0)}


def upper_window(config):
    """Qwen: the first layers look at all, and all of them unless it says that the window is used."""
    below = config.get("max_window_layers", 28)
    return window(config, config.get("use_sliding_window", False), 4096, lambda layer: layer < below)


def qwen2(config):
    return {**llama(config), **upper_window(config), "use_bias": False, "qkv_bias": True}


def qwen3(config):
    return {**llama(config), **upper_window(config), "qk_norm": True}


def gemma(config):
    return {**llama(config, tied=True), "activation": "gelu"}


def gemma2(config):
    every_second = window(config, default=4096, full=lambda layer: layer % 2 == 1)
    return {**gemma(config), **every_second, "norms_per_block": 4}  # before and after each sublayer


def gpt_neox(config):
    return {
        **usual(config),
        "position": "rotary",
        "rotary_wavelength": config.get("rotary_emb_base", 10_000),
        "tied_embeddings": config.get("tie_word_embeddings", False),
        "use_bias": config.get("attention_bias", True),
        "feed_forward_bias": True,
        "norm_bias": True,
        "dropout": config.get("hidden_dropout", 0.0),
    }


def phi(config):
    return {
        **usual(config),
        **BESIDE,
        **OUTPUT,
        "num_key_value_heads": config.get("num_key_value_heads"),
        "position": "rotary",
        "rotary_wavelength": wavelength(config),
        "tied_embeddings": config.get("tie_word_embeddings", False),
        "dropout": config.get("resid_pdrop", 0.0),
    }


def falcon(config):
    heads = config["num_attention_heads", "n_head"]
    new, side_by_side = config.get("new_decoder_architecture", False), config.get("parallel_attn", True)
    alone = 1 if config.get("multi_query", True) else heads
    return {
        "num_layers": config["num_hidden_layers", "n_layer"],
        "num_heads": heads,
        "num_key_value_heads": config.get("num_kv_heads", config.get("n_head_kv", heads)) if new else alone,
        "embedding_dim": config["hidden_size"],
        "intermediate_dim": config.get("ffn_hidden_size"),
        "context_length": config.get("max_position_embeddings", 2048),
        "vocabulary_size": config["vocab_size"],
        "position": "alibi" if config.get("alibi", False) else "rotary",
        "rotary_wavelength": wavelength(config),
        "use_bias": config.get("bias", False),
        "norm_bias": True,
        "norms_per_block": config.get("num_ln_in_parallel_attn", 2 if new or not side_by_side else 1),
        "dropout": config.get("hidden_dropout", 0.0),
        "tied_embeddings": config.get("tie_word_embeddings", True),
    }


def opt(config):
    width = config["hidden_size"]
    if config.get("word_embed_proj_dim", width) != width or not config.get("do_layer_norm_before", True):
        raise ScaleError(
            "An OPT configuration must have word_embed_proj_dim = hidden_size and do_layer_norm_before = true (all "
            f"but OPT-350M do). Received: word_embed_proj_dim={config.get('word_embed_proj_dim')!r}"
        )
    length, bias = config["max_position_embeddings"], config.get("enable_bias", True)
    return {
        "num_layers": config["num_hidden_layers"],
        "num_heads": config["num_attention_heads"],
        "embedding_dim": width,
        "intermediate_dim": config["ffn_dim"],
        "context_length": length,
        "position_rows": length + 2,  # the first two are never used
        "vocabulary_size": config["vocab_size"],
        "activation": activation(config.get("activation_function", "relu")),
        "use_bias": bias,
        "norm_bias": config.get("layer_norm_elementwise_affine", True),
        "dropout": config.get("dropout", 0.1),
        "tied_embeddings": config.get("tie_word_embeddings", True),
    }


def bloom(config):
    return {
        "num_layers": config["n_layer", "num_hidden_layers"],
        "num_heads": config["n_head", "num_attention_heads"],
        "embedding_dim": config["hidden_size", "n_embed"],
        "context_length": config.get("seq_length", 2048),  # ALiBi has no end; BLOOM was trained at 2048
        "vocabulary_size": config["vocab_size"],
        "position": "alibi",
        "embedding_norm": True,
        "dropout": config.get("hidden_dropout", 0.0),
        "tied_embeddings": config.get("tie_word_embeddings", True),
    }


def bert(config, unused_positions=0):
    rows = config["max_position_embeddings"]
    return {
        **usual(config),
        "context_length": rows - unused_positions,
        "position_rows": rows,
        "segments": config.get("type_vocab_size", 2),
        "causal": bool(config.get("is_decoder", False)),
        "norm_first": False,
        "embedding_norm": True,
        "pooler": True,
        "dropout": config.get("hidden_dropout_prob", 0.1),
    }


def distilbert(config):
    return {
        "num_layers": config["n_layers"],
        "num_heads": config["n_heads"],
        "embedding_dim": config["dim"],
        "intermediate_dim": config["hidden_dim"],
        "context_length": config["max_position_embeddings"],
        "vocabulary_size": config["vocab_size"],
        "activation": activation(config.get("activation", "gelu")),
        "causal": False,
        "norm_first": False,
        "embedding_norm": True,
        "dropout": config.get("dropout", 0.1),
    }


def roberta(config):
    return bert(config, unused_positions=2)


def t5(config):
    form = config.get("feed_forward_proj", "relu")  # "relu", or "gated-gelu" since version 1.1
    decoder = config.get("num_decoder_layers", config["num_layers"])
    return {
        "num_layers": decoder,
        "num_encoder_layers": config["num_layers"],
        "num_heads": config["num_heads"],
        "key_dim": config["d_kv"],
        "embedding_dim": config["d_model"],
        "intermediate_dim": config["d_ff"],
        "context_length": config.get("n_positions", 512),  # relative positions have no end; T5 was trained at 512
        "vocabulary_size": config["vocab_size"],
        "gated": form.startswith("gated-"),
        "activation": activation(form.removeprefix("gated-")),
        "position": "relative",
        "relative_buckets": config.get("relative_attention_num_buckets", 32),
        "normalization": "rms",
        "use_bias": False,
        "dropout": config.get("dropout_rate", 0.1),
        "tied_embeddings": config.get("tie_word_embeddings", True),
    }


def vit(config):
    image, patch = config["image_size"], config["patch_size"]
    classes = config.get("num_labels", len(config.get("id2label", {})))
    return {
        "num_layers": config["num_hidden_layers"],
        "num_heads": config["num_attention_heads"],
        "embedding_dim": config["hidden_size"],
        "intermediate_dim": config["intermediate_size"],
        "activation": activation(config.get("hidden_act", "gelu")),
        "context_length": (image // patch) ** 2 + 1,
        "image_size": image,
        "patch_size": patch,
        "channels": config.get("num_channels", 3),
        "num_classes": classes,
        "qkv_bias": config.get("qkv_bias", True),
        "dropout": config.get("hidden_dropout_prob", 0.0),
        "causal": False,
    }


BESIDE = {"norms_per_block": 1, "norm_bias": True}  # attention and feed-forward layer side by side, behind one norm
OUTPUT = {"tied_embeddings": False, "output_bias": True}
FAMILIES = {
    "gpt2": gpt2,
    "gptj": gpt_j,
    "gpt_neox": gpt_neox,
    "llama": llama,
    "mistral": mistral,
    "qwen2": qwen2,
    "qwen3": qwen3,
    "gemma": gemma,
    "gemma2": gemma2,
    "phi": phi,
    "phi3": phi3,
    "falcon": falcon,
    "opt": opt,
    "bloom": bloom,
    "bert": bert,
    "distilbert": distilbert,
    "roberta": roberta,
    "t5": t5,
    "vit": vit,
}
