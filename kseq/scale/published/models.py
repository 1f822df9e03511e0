"""The models that the course names (row L7), and whether their sizes are known: not published is an answer, too."""

from dataclasses import dataclass

B = 10**9
OPENAI, GOOGLE, ANTHROPIC, META = "OpenAI", "Google", "Anthropic", "Meta"


@dataclass(frozen=True)
class Model:
    """What its makers published about a model.

    Attributes:
        name: as people write it.
        maker: who trained it.
        since: year and month in which it came out, `"2023-03"`.
        known: one sentence: what is published, or that nothing is.
        source: who says so.
        architecture: its name in `ARCHITECTURES`, where all sizes are published; else empty.
        parameters: as printed; `None` where nobody published them.
        active: of them, how many meet each token, where not all do (mixtures of experts); else `None`.
    """

    name: str
    maker: str
    since: str
    known: str
    source: str
    architecture: str = ""
    parameters: float | None = None
    active: float | None = None

    def __str__(self):
        return f"{self.name} ({self.maker}, {self.since}): {self.known} [{self.source}]"


NO_SIZE = "The size is not published"
MODELS = (
    Model(
        "GPT-3", OPENAI, "2020-05", "All sizes are published.", "Brown et al. (2020), arXiv 2005.14165",
        "gpt3-175b", 175 * B,
    ),
    Model(
        "Codex", OPENAI, "2021-07", "GPT-3's form in sizes up to 12 B, trained on further text: Python files of 54 "
        "million public repositories.", "Chen et al. (2021), arXiv 2107.03374", parameters=12 * B,
    ),
    Model(
        "GPT-3.5", OPENAI, "2022-11", f"{NO_SIZE}; ChatGPT came out with it.",
        "OpenAI (2022), Introducing ChatGPT",
    ),
    Model(
        "GPT-4", OPENAI, "2023-03", f"{NO_SIZE}: the report leaves out the architecture on purpose, model size "
        "included.", "OpenAI (2023), GPT-4 technical report, arXiv 2303.08774, section 2",
    ),
    Model(
        "GPT-4o", OPENAI, "2024-05", f"{NO_SIZE}: the system card gives none.",
        "OpenAI (2024), GPT-4o system card, arXiv 2410.21276",
    ),
    Model("GPT-5", OPENAI, "2025-08", f"{NO_SIZE}: the system card gives none.", "OpenAI (2025), GPT-5 system card"),
    Model(
        "DALL·E", OPENAI, "2021-01", "A decoder of 12 B for 256 text and 1024 image tokens.",
        "Ramesh et al. (2021), arXiv 2102.12092", "dall-e", 12 * B,
    ),
    Model(
        "DALL·E 2", OPENAI, "2022-04", "A diffusion model, which writes no tokens: its decoder has 3.5 B, further "
        "networks come on top.", "Ramesh et al. (2022), arXiv 2204.06125", parameters=3.5 * B,
    ),
    Model(
        "DALL·E 3", OPENAI, "2023-09", f"{NO_SIZE}: the paper describes its captions.",
        "Betker et al. (2023), Improving image generation with better captions",
    ),
    Model(
        "PaLM", GOOGLE, "2022-04", "All sizes are published.", "Chowdhery et al. (2022), arXiv 2204.02311",
        "palm-540b", 540.35 * B,
    ),
    Model(
        "PaLM 2", GOOGLE, "2023-05", f"{NO_SIZE}: the report withholds it.",
        "Anil et al. (2023), arXiv 2305.10403",
    ),
    Model(
        "Gemini", GOOGLE, "2023-12", f"{NO_SIZE}, of Pro, Ultra and what came later; the two Nano models of the "
        "first report have 1.8 B and 3.25 B.", "Gemini Team (2023), arXiv 2312.11805, table 1",
    ),
    Model(
        "LLaMA", META, "2023-02", "All sizes and the weights are published.",
        "Touvron et al. (2023), arXiv 2302.13971", "llama-65b", 65.2 * B,
    ),
    Model(
        "Llama 3.1", META, "2024-07", "All sizes and the weights are published.",
        "Grattafiori et al. (2024), arXiv 2407.21783", "llama3.1-405b", 405 * B,
    ),
    Model(
        "Claude", ANTHROPIC, "2023-03", f"{NO_SIZE}: the model cards give none.", "Anthropic's model and system cards",
    ),
    Model(
        "Falcon", "TII", "2023-09", "All sizes and the weights are published.",
        "Almazrouei et al. (2023), arXiv 2311.16867", "falcon-180b", 180 * B,
    ),
    Model(
        "Mixtral 8x7B", "Mistral AI", "2023-12", "A mixture of experts: 2 of 8 feed-forward layers meet each token.",
        "Jiang et al. (2024), arXiv 2401.04088", parameters=47 * B, active=13 * B,
    ),
    Model(
        "DeepSeek-V2.5", "DeepSeek", "2024-09", "A mixture of experts with DeepSeek-V2's sizes: 236 B, of which 21 B "
        "meet each token.", "DeepSeek-AI (2024), arXiv 2405.04434, and the model card", parameters=236 * B,
        active=21 * B,
    ),
    Model(
        "DeepSeek-V3", "DeepSeek", "2024-12", "A mixture of experts: 671 B, of which 37 B meet each token.",
        "DeepSeek-AI (2024), arXiv 2412.19437", parameters=671 * B, active=37 * B,
    ),
    Model(
        "DeepSeek-R1", "DeepSeek", "2025-01", "Made from DeepSeek-V3's base, with its sizes: 671 B, of which 37 B meet "
        "each token. The weights are published.", "deepseek-ai/DeepSeek-R1, README (2025)",
        parameters=671 * B, active=37 * B,
    ),
    Model(
        "Llama 4 Scout", META, "2025-04", "A mixture of 16 experts: 109 B, of which 17 B meet each token. The weights "
        "are published.", "Meta, llama-models repository, models/llama4/MODEL_CARD.md (2025)",
        parameters=109 * B, active=17 * B,
    ),
    Model(
        "Llama 4 Maverick", META, "2025-04", "A mixture of 128 experts: 400 B, of which 17 B meet each token. The "
        "weights are published.", "Meta, llama-models repository, models/llama4/MODEL_CARD.md (2025)",
        parameters=400 * B, active=17 * B,
    ),
    Model(
        "Qwen3-235B-A22B", "Alibaba", "2025-04", "A mixture of experts: 235 B, of which 22 B meet each token (as its "
        "name says). The weights are published, and those of seven smaller models.",
        "QwenLM/Qwen3, README (2025); Yang et al. (2025), arXiv 2505.09388", parameters=235 * B, active=22 * B,
    ),
    Model(
        "Kimi K2", "Moonshot AI", "2025-07", "A mixture of 384 experts, of which 8 and a shared one meet each token: "
        "1 T, 32 B of them active. The weights are published.", "MoonshotAI/Kimi-K2, README (2025)",
        parameters=1000 * B, active=32 * B,
    ),
    Model(
        "gpt-oss-120b", OPENAI, "2025-08", "A mixture of experts: 117 B, of which 5.1 B meet each token. The weights "
        "are published, as are those of gpt-oss-20b (21 B, 3.6 B active).", "openai/gpt-oss, README (2025)",
        parameters=117 * B, active=5.1 * B,
    ),
)  # fmt: skip


def spelt(name):
    """The name as it stands in the tables: `"dall-e-3"`."""
    return name.casefold().replace("·", "-").replace(" ", "-")


# Nobody can compute with these: their makers do not say how large they are.
UNPUBLISHED = {spelt(model.name): model for model in MODELS if model.parameters is None}
# A number is published; the form is none that an `Architecture` can say, or not published with it.
NUMBER_ONLY = {spelt(model.name): model for model in MODELS if model.parameters is not None and not model.architecture}

OTHER_NAMES = {
    "chatgpt": "gpt-3.5",
    "bard": "palm-2",
    "mixtral": "mixtral-8x7b",
    "deepseek-v2": "deepseek-v2.5",
    "gpt-oss": "gpt-oss-120b",
    "llama-4": "llama-4-maverick",
}
