"""Cross-encoders of a few kilobytes with random weights, saved as people save rerankers."""

from pathlib import Path

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"how do i reset router pay card the".split(), *"退款发票多久"]
KINDS = ("bert", "xlm-roberta", "modernbert")
_SIZE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
_MARKS = {"pad_token_id": 0, "bos_token_id": 2, "cls_token_id": 2, "eos_token_id": 3, "sep_token_id": 3}


def save_reranker(folder: Path, kind: str = "bert", *, labels: int = 1, positions: int = 32) -> Path:
    """One of ``KINDS``; reads ``positions`` tokens."""
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    configs = {
        "bert": (transformers.BertConfig, transformers.BertForSequenceClassification, {}),
        # Its positions are counted from behind the padding mark, 0 here.
        "xlm-roberta": (
            transformers.XLMRobertaConfig,
            transformers.XLMRobertaForSequenceClassification,
            {"type_vocab_size": 1, "max_position_embeddings": positions + 1},
        ),
        "modernbert": (
            transformers.ModernBertConfig,
            transformers.ModernBertForSequenceClassification,
            {"local_attention": 8},
        ),
    }
    make_config, make_model, own = configs[kind]
    common = {"max_position_embeddings": positions, "vocab_size": len(WORDS), "initializer_range": 0.8}
    config = make_config(**(common | _SIZE | _MARKS | {"num_labels": labels} | own))
    make_model(config).save_pretrained(folder)
    _tokenizer(folder, positions, kind == "bert")
    return folder


def _tokenizer(folder: Path, positions: int, has_types: bool) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.normalizer = normalizers.BertNormalizer()
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    second = 1 if has_types else 0
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair=f"[CLS] $A [SEP] $B:{second} [SEP]:{second}",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=positions,
        model_input_names=["input_ids", *(["token_type_ids"] if has_types else []), "attention_mask"],
    ).save_pretrained(folder)
