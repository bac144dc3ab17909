# Copies of whole remote files, for those who prefer them to windowed reads.


rule download:
    output:
        file="{download}",
        digest="{download}.sha256",
    log:
        results("logs/download/{download}.log"),
    wildcard_constraints:
        download="|".join(map(re.escape, cfg.downloads)),
    conda:
        "../../../envs/landloom.yaml"
    resources:
        mem_mb=memory(70),
        runtime=grown(1440),
        downloads=1,
        pause=PAUSE,
        attempt=count_of_attempt,
    params:
        addresses=lambda wildcards: cfg.download_addresses(wildcards.download),
    message:
        "Downloading {wildcards.download}"
    script:
        "../../scripts/download.py"
