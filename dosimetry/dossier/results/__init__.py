"""Results as a dossier reads them: from a folder that ``milligray run`` wrote, or from a study's result."""
