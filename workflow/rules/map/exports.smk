# The model in forms that others can use, made when they are asked for by name.
LABELS = [f"{source.title}: {source.licence}" for source in REFERENCE.public] or [
    "the user's own: no licence is known"
]


rule export_model:
    input:
        unpack(compared_with),
        samples=rules.samples.output[0],
        embedding=rules.inspect_embedding.output[0],
        best=BEST[KIND],
        flat=rules.model.output.flat,
        held_out=rules.accuracy.output[0],
    output:
        results("map/model.{format}"),
    log:
        results("logs/export_model/{format}.log"),
    benchmark:
        results("benchmarks/export_model/{format}.tsv")
    wildcard_constraints:
        format="zip|onnx|skops",
    conda:
        "../../../envs/landloom.yaml"
    threads: 4
    resources:
        mem_mb=memory(2 * FIT_MEMORY[KIND]),
        runtime=grown(60),
    params:
        seed=cfg.map.tuning.seed,
        labels=LABELS,
        code=code_of("export_model"),
    message:
        "Writing the model as {wildcards.format}"
    script:
        "../../scripts/export_model.py"


rule model_item:
    input:
        model=results("map/model.zip"),
        embedding=rules.inspect_embedding.output[0],
    output:
        results("map/model_item.json"),
    log:
        results("logs/model_item.log"),
    benchmark:
        results("benchmarks/model_item.tsv")
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=model_memory,
        runtime=grown(10),
    params:
        years=TRAINING_YEARS or ([NAMED_EMBEDDING.year] if NAMED_EMBEDDING else []),
        world=SYNTHETIC["map"],
        code=code_of("model_item"),
    message:
        "Describing the model for catalogues"
    script:
        "../../scripts/model_item.py"
