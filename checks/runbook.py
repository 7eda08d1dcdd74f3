"""The sections of the incident runbook that checks refer to, by their headings."""

from enum import StrEnum


class Section(StrEnum):
    """A heading of the runbook: where a diagnostic stands, or where a person on call goes on reading."""

    TRIAGE = "1. Detection & Initial Response"
    SYSTEM_HEALTH = "2. Investigation & Diagnosis: System Health Checks"
    LOG_ANALYSIS = "2. Investigation & Diagnosis: Log Analysis"
    PERFORMANCE = "2. Investigation & Diagnosis: Performance Analysis"
    MEMORY_FIXES = "3. Quick Fixes: High Memory Usage"
    RATE_LIMITING = "3. Quick Fixes: API Rate Limiting Issues"
    CACHE_CORRUPTION = "3. Quick Fixes: Database/Cache Corruption"
    EXTERNAL_OUTAGE = "3. Quick Fixes: External Service Outages"
    CODE_ROLLBACK = "3. Rollback Procedures: Code Rollback"
    CONFIGURATION_ROLLBACK = "3. Rollback Procedures: Configuration Rollback"
    HEALTH_MONITORING = "4. Monitoring & Verification: Health Monitoring"
    USER_IMPACT = "4. Monitoring & Verification: User Impact Assessment"
    API_DOWN = "Common Incident Scenarios: API Service Down"
    HIGH_MEMORY = "Common Incident Scenarios: High Memory Usage"
    EXTERNAL_API = "Common Incident Scenarios: External API Failures"
    QUICK_DIAGNOSTICS = "Useful Commands & Scripts: Quick Diagnostics"
    LOG_SCRIPT = "Useful Commands & Scripts: Log Analysis"
    SEVERITY = "Incident Classification: Severity Levels"
