"""Which terms of research belong to which interest: a small thesaurus that widens the words of a topic."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from pipeline.terms.words import stems

ARTIFICIAL = (
    "AI, artificial intelligence, LLM, language model, foundation model, generative model, generative AI, agent, "
    "agentic, GPT, ChatGPT, chatbot, reasoning model, vision-language model, VLM, MLLM, frontier model, Claude, "
    "Gemini, Llama, Qwen, DeepSeek, chain-of-thought, prompt, assistant"
)
"""Terms that show a text to be about today's models, where a topic asks for them."""

BACKGROUND: tuple[str, ...] = (
    "medical image segmentation and diagnosis",
    "clinical records and patient outcomes",
    "drug discovery and molecules",
    "protein structure and sequence models",
    "genomics and single-cell biology",
    "brain signals and neuroscience",
    "wearable sensors and human activity",
    "autonomous driving and traffic",
    "robot manipulation and locomotion",
    "drones and navigation",
    "urban planning and transport networks",
    "wireless networks and communication systems",
    "power grids and energy forecasting",
    "weather and climate prediction",
    "remote sensing and earth observation",
    "agriculture and crops",
    "materials science and chemistry",
    "physics simulation and differential equations",
    "quantum computing",
    "astronomy and space",
    "industrial maintenance and manufacturing",
    "financial markets and trading",
    "e-commerce and recommendation",
    "advertising and user behaviour",
    "education and students",
    "law and legal documents",
    "social media and misinformation",
    "political opinion and society",
    "news and journalism",
    "psychology and mental health",
    "games and sports",
    "music and audio generation",
    "speech recognition and synthesis",
    "machine translation of low-resource languages",
    "sentiment analysis and text classification",
    "question answering over knowledge graphs",
    "retrieval of documents and search engines",
    "text-to-SQL and databases",
    "code generation and software engineering",
    "mathematical reasoning of language models",
    "pretraining of large language models",
    "efficient inference and quantization",
    "distributed training systems",
    "chip design and hardware accelerators",
    "image generation with diffusion models",
    "video understanding",
    "3D reconstruction and point clouds",
    "object detection and tracking",
    "vision-language models",
    "face recognition and biometrics",
    "time series forecasting",
    "anomaly detection in logs and sensors",
    "tabular data and gradient boosting",
    "graph neural networks",
    "reinforcement learning algorithms",
    "bandits and online optimisation",
    "convex optimisation and convergence proofs",
    "Bayesian inference and uncertainty",
    "causal inference",
    "statistical learning theory",
    "federated learning",
    "continual learning",
    "explainable machine learning",
    "fairness of classifiers",
    "adversarial examples for image classifiers",
    "network intrusion and malware detection",
    "cryptography and blockchains",
    "software vulnerabilities and fuzzing",
    "privacy-preserving data release",
    "formal methods and theorem proving",
    "multi-agent reinforcement learning",
    "planning and scheduling algorithms",
    "dialogue systems and chatbots",
    "human-computer interaction studies",
    "language model agents and tools",
    "alignment and safety of language models",
    "governance and policy of artificial intelligence",
    "company announcements and product releases",
    "surveys and position papers",
)
"""Fields of research at large: how near they lie to a topic shows what nearness means."""

INTERESTS: tuple[str, ...] = (
    "alignment | misalignment | AI safety | reward hacking | deception: alignment, misalignment, aligned "
    "model, value alignment, safety alignment, alignment faking, alignment of AI, RLHF, reward hacking, "
    "specification gaming, sycophancy, deception, deceptive, scheming, sandbagging, sabotage, human "
    "values, pluralistic, harmless, moral, ethical, model organism, power-seeking, corrigibility, "
    "superintelligence, emergent misalignment, reward model",
    "jailbreak | prompt injection | red teaming | adversarial | attack | backdoor | poisoning | LLM "
    "security | AI safety: jailbreak, jailbreak attack, prompt injection, red teaming, red team, "
    "adversarial prompt, adversarial robustness, adversarial attack, backdoor, poisoning, trojan, hijack, "
    "guardrail, refusal, harmful, malicious, unsafe, safety, attack success rate, misuse, attacker, "
    "black-box attack, defense, defence, safeguard, toxic",
    "robustness: robustness, adversarial robustness, adversarial example, perturbation, certified, "
    "distribution shift, stress test",
    "interpretability | mechanistic interpretability | interpretable: interpretability, mechanistic "
    "interpretability, sparse autoencoder, circuit, activation steering, steering vector, steering, "
    "probing, feature attribution, neuron, superposition, logit lens, residual stream, activation, "
    "explain model, internal representation, attribution graph, transcoder",
    "explainability | explainable | XAI: explainability, explainable, explanation, XAI, attribution, "
    "counterfactual explanation, saliency",
    "faithfulness | chain-of-thought | reasoning trace | monitorability: faithfulness, faithful, "
    "unfaithful, chain-of-thought monitoring, CoT, chain-of-thought, reasoning trace, monitorability, "
    "obfuscate, rationalization, reasoning model, verbalize, thought",
    "formal verification | formal method | verification | verifiable AI: formal verification, formal "
    "method, theorem prover, model checking, proof, provable, guarantee, SMT, Lean, certified, runtime "
    "verification, correct by construction, specification, verifiable, verifier",
    "assurance | safety case | audit | certification: assurance, safety case, audit, auditing, "
    "certification, compliance, evidence, attestation, provenance, accountability, traceability, "
    "preparedness, risk assessment, red line",
    "governance | regulation | AI policy | responsible AI: governance, AI governance, regulation, "
    "regulatory, policy, AI Act, accountability, audit, standard, risk management, transparency, "
    "liability, compliance, responsible AI",
    "oversight | monitoring | human-in-the-loop: oversight, scalable oversight, monitoring, monitor, "
    "human-in-the-loop, loss of control, debate, supervision, weak-to-strong",
    "AI control | loss of control | containment: AI control, control protocol, monitor, untrusted, "
    "containment, sandbox, sabotage, loss of control, shutdown, rogue, collusion, preparedness",
    "privacy | membership inference | unlearning | memorization: privacy, membership inference, "
    "memorization, unlearning, differential privacy, leakage, PII, personal data, data extraction, "
    "inversion attack, confidential, private, data leak, sensitive information",
    "security of models | AI security | LLM security | model security | secure AI | security and privacy "
    "| watermark: security of models, AI security, LLM security, model extraction, model stealing, "
    "ownership, fingerprint, watermark, weight theft, side channel, supply chain, prompt injection, "
    "backdoor, secure, espionage, intrusion, attack, threat model, vulnerability",
    "trustworthy | trustworthy AI | responsible AI | safe AI: trustworthy, trustworthiness, trust, safe, "
    "safety, reliable, responsible, truthfulness, honesty, calibrated, hallucination",
    "fairness | bias: fairness, bias, discrimination, demographic, stereotype, equity",
    "agent | agentic: agent, agentic, LLM agent, language agent, autonomous agent, web agent, GUI agent, "
    "computer use, coding agent, deep research, embodied agent, self-evolving, multi-turn, multi-step, "
    "ReAct, agent workflow, SWE-bench, browser, agent training",
    "tool use | tool calling | function calling | tool | MCP: tool use, tool calling, function calling, "
    "tool learning, tool invocation, tool-augmented, tool-integrated, API call, MCP, model context "
    "protocol, external tool, tool",
    "planning | planner: planning, planner, long-horizon, task decomposition, subgoal, task planning, "
    "plan",
    "memory: memory, long-term memory, episodic memory, experience, context management, memory-augmented, "
    "working memory",
    "multi-agent | multiple agents: multi-agent, multiple agents, agent-to-agent, agent collaboration, "
    "role-playing, negotiation, orchestration, orchestrator, debate, collective, swarm, communication",
    "benchmark | evaluation: benchmark, evaluation, leaderboard, test suite, rubric, evaluate, judge",
    "robot | robotics | embodied: robot, robotics, robot learning, robotic manipulation, embodied, "
    "humanoid, sim-to-real, teleoperation, visuomotor, end effector, real robot, mobile manipulation",
    "manipulation | grasping | dexterous: manipulation, grasp, grasping, dexterous, gripper, bimanual, "
    "pick-and-place, contact-rich, in-hand, object manipulation",
    "vision-language-action | VLA | embodied AI: vision-language-action, VLA, embodied foundation model, "
    "generalist policy, action chunk, diffusion policy, robot foundation model",
    "imitation learning | behavior cloning | policy learning | visuomotor: imitation learning, behavior "
    "cloning, demonstration, visuomotor policy, learning from demonstration, policy learning",
    "locomotion | legged | humanoid: locomotion, legged, quadruped, walking, gait",
    "tactile: tactile, haptic, touch, force",
    "reinforcement learning | RL: reinforcement learning, policy gradient, actor-critic, reward, "
    "exploration, offline RL, PPO, GRPO, RLVR, Q-learning",
    "post-training | fine-tuning | RLHF | preference optimization: post-training, fine-tuning, "
    "instruction tuning, preference optimization, DPO, GRPO, RLHF, supervised fine-tuning",
    "pretraining | scaling law: pretraining, scaling law, data mixture, training data, data curation, "
    "tokenizer",
    "mixture of experts | MoE: mixture of experts, expert routing, sparse expert, router",
    "efficient inference | quantization | pruning | compression | efficiency: efficient inference, "
    "quantization, pruning, speculative decoding, KV cache, distillation, sparsity, low-rank, throughput, "
    "latency",
    "diffusion | flow matching: diffusion, diffusion model, flow matching, score-based, denoising, text- "
    "to-image",
    "federated learning: federated learning, client, aggregation, decentralized, heterogeneous client",
    "continual learning: continual learning, catastrophic forgetting, lifelong learning, incremental",
    "causal inference | causality | causal: causal inference, causal discovery, causality, "
    "counterfactual, confounder, treatment effect",
    "uncertainty | calibration: uncertainty, calibration, conformal prediction, Bayesian, confidence, "
    "epistemic",
    "graph neural network: graph neural network, GNN, graph learning, node classification, link "
    "prediction, message passing",
    "optimization: optimization, convergence, gradient descent, optimizer, learning rate, convex",
    "learning theory: learning theory, generalization bound, sample complexity, regret, minimax",
    "world model: world model, video prediction, model-based, simulator, dynamics model",
    "reasoning: reasoning, chain-of-thought, reasoning model, test-time compute, test-time scaling, "
    "logical, deduction, self-correction",
    "mathematical reasoning | mathematics | theorem proving: mathematical reasoning, mathematics, math, "
    "theorem proving, Lean, proof, olympiad, autoformalization",
    "code generation | coding | software engineering | program synthesis: code generation, coding, "
    "program synthesis, software engineering, repository, SWE-bench, unit test, program repair, debugging",
    "retrieval-augmented generation | RAG | retrieval: retrieval-augmented generation, RAG, retrieval, "
    "retriever, reranking, dense retrieval, knowledge base, search",
    "hallucination | factuality: hallucination, factuality, grounding, faithful generation, fact-checking",
    "long context: long context, context window, KV cache, context compression, positional encoding",
    "dialogue: dialogue, conversation, chatbot, conversational, multi-turn",
    "computer vision | vision: computer vision, image classification, object detection, segmentation, "
    "video understanding, visual recognition",
    "multimodal | vision-language: multimodal, vision-language, VLM, MLLM, visual question answering, "
    "image-text",
    "scientific discovery | AI for science: scientific discovery, AI scientist, hypothesis generation, "
    "research automation, laboratory automation, literature",
    "cybersecurity | malware | network security | intrusion detection: cybersecurity, malware, intrusion "
    "detection, phishing, vulnerability, ransomware, fuzzing, penetration testing, exploit",
    "cryptography | blockchain: cryptography, encryption, zero-knowledge, homomorphic, blockchain, smart "
    "contract, secure multi-party",
    "human-computer interaction | HCI: human-computer interaction, user study, usability, human-AI "
    "collaboration, interface, participant",
    "hardware | chip design: hardware, accelerator, GPU kernel, FPGA, chip design, compiler, RTL",
    "economics | labor market: economics, labor market, productivity, workforce, adoption",
)  # fmt: skip
"""One interest a line: the names that call it up, a colon, the terms that show it."""

FIELDS_OF_USE: tuple[str, ...] = (
    "autonomous driving | driving: autonomous driving, driving, vehicle, motion planning, trajectory "
    "prediction, traffic",
    "navigation: navigation, visual navigation, SLAM, mapping, localization",
    "time series | forecasting: time series, forecasting, temporal prediction, anomaly detection",
    "machine translation: machine translation, translation, multilingual, low-resource language, cross- "
    "lingual",
    "summarization: summarization, information extraction, named entity, question answering, text "
    "classification",
    "speech | audio: speech, speech recognition, ASR, text-to-speech, audio, voice, speaker",
    "recommendation | recommender: recommendation, recommender, collaborative filtering, click-through, "
    "user preference",
    "knowledge graph: knowledge graph, ontology, triple, entity linking, semantic web",
    "3D: 3D, point cloud, Gaussian splatting, NeRF, depth estimation, reconstruction",
    "protein design | protein | protein engineering | protein structure | antibody | enzyme: protein "
    "design, protein, de novo design, protein structure, protein folding, binder, antibody, enzyme, amino "
    "acid, inverse folding, protein language model, peptide, protein engineering, sequence design",
    "drug discovery | molecule | drug | molecular: drug discovery, molecule, molecular, docking, ligand, "
    "drug-target, binding affinity, small molecule, retrosynthesis",
    "genomics: genomics, gene, genome, DNA, RNA, single-cell, transcriptomics, variant",
    "materials | chemistry: materials, crystal, chemistry, catalyst, interatomic potential, density "
    "functional",
    "medicine | clinical | medical | healthcare: medicine, clinical, patient, diagnosis, medical imaging, "
    "radiology, electronic health record, healthcare, hospital",
    "neuroscience: neuroscience, brain, EEG, fMRI, neural recording, brain-computer interface, cortex",
    "climate | weather: climate, weather, forecasting, earth observation, remote sensing, satellite, "
    "emissions",
    "physics-informed | PDE | scientific machine learning: physics-informed, partial differential "
    "equation, PDE, neural operator, surrogate, simulation, scientific machine learning",
    "quantum computing: quantum computing, quantum, qubit, variational circuit",
    "education | tutoring: education, student, tutoring, learning analytics, teacher, classroom",
    "law: law, legal, contract, court, statute",
    "finance: finance, financial, trading, stock, portfolio, credit",
    "social media: social media, misinformation, fake news, propaganda, hate speech",
    "wireless | 6G | telecom: wireless, 6G, 5G, telecom, network traffic, spectrum, UAV, drone, IoT, edge "
    "network",
    "energy | power grid: power grid, energy, building, smart grid, electricity, battery",
    "manufacturing | industrial: manufacturing, industrial, predictive maintenance, logistics, warehouse, "
    "scheduling, job shop",
    "urban | transport: urban, city, transport, mobility, airport, aviation, railway",
    "agriculture | food: agriculture, crop, food, farm",
    "game | sport: game, chess, sport, esports",
    "music | art | design: music, art, creative, fashion, storytelling",
    "geospatial: geospatial, geographic, map",
    "e-commerce | marketing: tourism, travel, real estate, insurance, marketing, advertising, e-commerce, "
    "customer",
    "database | table: spreadsheet, table, SQL, database, tabular",
)  # fmt: skip
"""The same for fields in which methods are applied: telling when a topic does not ask for them."""


Term = tuple[str, ...]
"""The stems of a term."""


class Group(NamedTuple):
    """One interest: the names that call it up, and all its terms."""

    names: tuple[Term, ...]
    terms: tuple[Term, ...]
    use: bool
    """Whether it is a field of use."""


@cache
def groups() -> tuple[Group, ...]:
    """All groups, interests first."""
    lines = [(line, False) for line in INTERESTS] + [(line, True) for line in FIELDS_OF_USE]
    return tuple(_group(line, use) for line, use in lines)


def _group(line: str, use: bool) -> Group:
    names, _, listed = line.partition(": ")
    return Group(terms(names.replace("|", ",")), terms(listed), use)


def terms(listed: str) -> tuple[Term, ...]:
    """The stems of each term of a comma-separated list, without repeats."""
    return tuple(dict.fromkeys(tuple(stems(term)) for term in listed.split(",") if term.strip()))


def holds(stemmed: Sequence[str], term: Term) -> bool:
    """Whether the term stands in the stems as neighbouring words."""
    n = len(term)
    return any(word == term[0] and tuple(stemmed[i : i + n]) == term for i, word in enumerate(stemmed))


def index_of(listed: Iterable[Term]) -> dict[str, tuple[Term, ...]]:
    """Terms by their first stem, for `found_in`."""
    index: dict[str, tuple[Term, ...]] = {}
    for term in sorted(listed):
        index[term[0]] = (*index.get(term[0], ()), term)
    return index


def found_in(stemmed: Sequence[str], index: dict[str, tuple[Term, ...]]) -> Counter[Term]:
    """How often each term stands in the stems as neighbouring words."""
    count: Counter[Term] = Counter()
    for i, first in enumerate(stemmed):
        for term in index.get(first, ()):
            if tuple(stemmed[i : i + len(term)]) == term:
                count[term] += 1
    return count
