"""The road of each library from passages to ranked ids, as its own documentation shows it.

Each is imported by `worker.py` in an environment of its own; none is a dependency of Dateline.
An engine is made of the folder of the weights; `index` takes (id, text) pairs, `retrieve` gives the
ids of the `k` passages nearest to a question.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

Passages = Sequence[tuple[str, str]]
# The default of sentence-transformers, and the best of 8, 32 and 128 for none of them by more
# than the spread.
BATCH = 32


class Engine(Protocol):
    """One library."""

    # Distributions whose versions are told.
    versions: tuple[str, ...]

    def __init__(self, weights: Path) -> None: ...

    def index(self, passages: Passages) -> None: ...

    def retrieve(self, question: str, k: int) -> list[str]: ...


class Dateline:
    """The whole road of `qa index`: cleaning, cutting, two BM25 indexes, SQLite and FAISS."""

    versions = ("dateline", "sentence-transformers", "torch", "faiss-cpu", "tantivy", "onnxruntime")

    def __init__(self, weights: Path) -> None:
        from index.embed import SentenceTransformerEmbedder
        from index.filters import Filter

        self._embedder = SentenceTransformerEmbedder()
        self._embedder.embed_passages(["warm up"] * 65)  # beyond what goes through ONNX
        self._embedder.embed_questions(["warm up"])
        self._everything = Filter()

    def index(self, passages: Passages) -> None:
        from index.build import index_articles, manifest_for
        from index.store import PassageStore

        folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
        records = folder / "passages.jsonl"
        with records.open("w", encoding="utf-8") as file:
            for passage_id, text in passages:
                file.write(json.dumps({"id": passage_id, "text": text}, ensure_ascii=False) + "\n")
        self._store = PassageStore.create(folder / "store", manifest_for(self._embedder))
        report = index_articles(self._store, self._embedder, [records])
        if report.added != len(passages):
            raise SystemExit(f"only {report.added} of {len(passages)} passages were taken")

    def retrieve(self, question: str, k: int) -> list[str]:
        """By meaning alone, as the peers do; the answer's own ranking mixes BM25 in."""
        self._embedder.forget()  # each question is embedded, though it was asked before
        vector = self._embedder.embed_questions([question])[0]
        with self._store.view() as view:
            rows = view.search_dense(vector, 2 * k, self._everything).rows.tolist()
            found = view.passages(rows)
        return list(dict.fromkeys(found[row][1].id for row in rows))[:k]


class LlamaIndex:
    versions = ("llama-index-core", "llama-index-embeddings-huggingface", "torch")

    def __init__(self, weights: Path) -> None:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._embedding = HuggingFaceEmbedding(model_name=str(weights), embed_batch_size=BATCH)

    def index(self, passages: Passages) -> None:
        from llama_index.core import VectorStoreIndex
        from llama_index.core.schema import TextNode

        nodes = [TextNode(id_=passage_id, text=text) for passage_id, text in passages]
        self._index = VectorStoreIndex(nodes=nodes, embed_model=self._embedding)
        self._retrievers: dict[int, Any] = {}

    def retrieve(self, question: str, k: int) -> list[str]:
        if k not in self._retrievers:
            self._retrievers[k] = self._index.as_retriever(similarity_top_k=k)
        return [found.node.node_id for found in self._retrievers[k].retrieve(question)]


class LangChain:
    versions = ("langchain-core", "langchain-community", "langchain-huggingface", "faiss-cpu")

    def __init__(self, weights: Path) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings

        self._embeddings = HuggingFaceEmbeddings(
            model_name=str(weights),
            encode_kwargs={"batch_size": BATCH, "normalize_embeddings": True},
        )

    def index(self, passages: Passages) -> None:
        from langchain_community.vectorstores import FAISS

        ids, texts = zip(*passages, strict=True)
        self._store = FAISS.from_texts(list(texts), self._embeddings, ids=list(ids))

    def retrieve(self, question: str, k: int) -> list[str]:
        return [document.id for document in self._store.similarity_search(question, k=k)]


class Haystack:
    versions = ("haystack-ai", "sentence-transformers-haystack", "torch")

    def __init__(self, weights: Path) -> None:
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        self._documents = SentenceTransformersDocumentEmbedder(
            model=str(weights), batch_size=BATCH, progress_bar=False
        )
        self._questions = SentenceTransformersTextEmbedder(model=str(weights), progress_bar=False)
        for embedder in (self._documents, self._questions):
            getattr(embedder, "warm_up", lambda: None)()

    def index(self, passages: Passages) -> None:
        from haystack import Document
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        documents = [Document(id=passage_id, content=text) for passage_id, text in passages]
        store.write_documents(self._documents.run(documents=documents)["documents"])
        self._retriever = InMemoryEmbeddingRetriever(document_store=store)

    def retrieve(self, question: str, k: int) -> list[str]:
        vector = self._questions.run(text=question)["embedding"]
        found = self._retriever.run(query_embedding=vector, top_k=k)["documents"]
        return [document.id for document in found]


class Txtai:
    versions = ("txtai", "sentence-transformers", "torch", "faiss-cpu")

    def __init__(self, weights: Path) -> None:
        from txtai import Embeddings

        self._embeddings = Embeddings(path=str(weights), encodebatch=BATCH)

    def index(self, passages: Passages) -> None:
        self._embeddings.index([(passage_id, text, None) for passage_id, text in passages])

    def retrieve(self, question: str, k: int) -> list[str]:
        return [passage_id for passage_id, _ in self._embeddings.search(question, k)]


ENGINES: dict[str, type[Engine]] = {
    "dateline": Dateline,
    "llamaindex": LlamaIndex,
    "langchain": LangChain,
    "haystack": Haystack,
    "txtai": Txtai,
}
# What `import` is timed for.
IMPORTS = {
    "dateline": "import qa, index.build, index.embed",
    "llamaindex": "import llama_index.core, llama_index.embeddings.huggingface",
    "langchain": "import langchain_huggingface, langchain_community.vectorstores",
    "haystack": "import haystack, haystack_integrations.components.embedders.sentence_transformers",
    "txtai": "import txtai",
}
