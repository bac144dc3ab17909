# The model in formats of others, made when they are asked for by name.


rule export_model:
    input:
        model=rules.model.output.model,
        samples=rules.samples.output[0],
    output:
        results("map/model.{format}"),
    log:
        results("logs/export_model/{format}.log"),
    benchmark:
        results("benchmarks/export_model/{format}.tsv")
    wildcard_constraints:
        format="onnx|skops",
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(2 * forest_memory(MOST_TREES)),
        runtime=grown(60),
    params:
        code=code_of("export_model"),
    message:
        "Writing the model as {wildcards.format}"
    script:
        "../../scripts/export_model.py"
